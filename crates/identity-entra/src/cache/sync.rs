//! The locks of the hot index and of the flights, in one place, so that tests can put their own scheduler behind them (`sync/steps.rs`).

#[cfg(test)]
pub(super) mod steps;

use std::sync::PoisonError;

#[cfg(not(test))]
pub(super) use arc_swap::ArcSwap;
#[cfg(not(test))]
pub(super) use std::sync::atomic::AtomicU64;
pub(super) use std::sync::{Mutex, MutexGuard, RwLock};
#[cfg(test)]
pub(super) use steps::{ArcSwap, AtomicU64};

use std::sync::{RwLockReadGuard, RwLockWriteGuard, TryLockError};

/// Takes a lock. Nothing that we do under one panics half way, so a poisoned one is as good as any.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    #[cfg(test)]
    steps::until(|| try_lock(mutex).is_some());
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Takes a lock if that needs no waiting.
pub(super) fn try_lock<T>(mutex: &Mutex<T>) -> Option<MutexGuard<'_, T>> {
    match mutex.try_lock() {
        Ok(guard) => Some(guard),
        Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
        Err(TryLockError::WouldBlock) => None,
    }
}

/// Takes a lock for reading.
#[inline]
pub(super) fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    #[cfg(test)]
    steps::until(|| !matches!(lock.try_read(), Err(TryLockError::WouldBlock)));
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

/// Takes a lock for writing.
pub(super) fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    #[cfg(test)]
    steps::until(|| !matches!(lock.try_write(), Err(TryLockError::WouldBlock)));
    lock.write().unwrap_or_else(PoisonError::into_inner)
}
