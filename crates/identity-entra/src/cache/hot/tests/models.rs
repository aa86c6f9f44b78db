//! Threads in every order of their steps: between front and table nothing is lost, and nothing comes back.

use std::sync::atomic::AtomicUsize;

use identity_core::Secret;
use shuttle::thread::{JoinHandle, spawn};

use super::super::super::sync::steps::check;
use super::*;

const NARROW: CacheKey<'_> = CacheKey { partition: None, tenant: "t", scopes: &["a"], cae: false };
const WIDE: CacheKey<'_> = CacheKey { partition: None, tenant: "t", scopes: &["a", "b"], cae: false };
const GOOD: Terms = Terms { expires: 100, look: 50, number: 0 };

/// An index whose tokens are numbers, and what threads tell each other that they have done with it.
#[derive(Clone)]
struct Model {
    index: Arc<HotIndex>,
    done: Arc<AtomicUsize>,
}

impl Model {
    fn new(capacity: usize) -> Self {
        Self { index: Arc::new(HotIndex::new(capacity)), done: Arc::default() }
    }

    fn put(&self, key: &CacheKey<'_>, number: usize) {
        self.index.put(key, token(&number.to_string()), GOOD, 0);
    }

    fn get(&self, key: &CacheKey<'_>) -> Option<usize> {
        text(self.index.get(key, 1)).map(|text| text.parse().unwrap())
    }

    fn promote(&self, key: &CacheKey<'_>) {
        self.index.promote(key, &lock(&self.index.writer), 1);
    }

    fn done(&self) -> usize {
        self.done.load(Ordering::SeqCst)
    }

    fn is_done(&self, number: usize) {
        self.done.store(number, Ordering::SeqCst);
    }

    fn thread(&self, run: impl FnOnce(Self) + Send + 'static) -> JoinHandle<()> {
        let model = self.clone();
        spawn(move || run(model))
    }
}

fn join<const N: usize>(threads: [JoinHandle<()>; N]) {
    for thread in threads {
        thread.join().unwrap();
    }
}

#[test]
fn once_a_token_is_replaced_nobody_gets_the_old_one() {
    check(|| {
        let model = Model::new(10);
        model.put(&NARROW, 0);
        let reader = |model: Model| {
            for _ in 0..3 {
                let replaced = model.done();
                assert!(model.get(&NARROW).unwrap() >= replaced, "an old token after a newer one was stored");
            }
        };
        join([
            model.thread(|model| {
                for number in 1..=2 {
                    model.put(&NARROW, number);
                    model.is_done(number);
                }
            }),
            model.thread(|model| (0..2).for_each(|_| model.promote(&NARROW))),
            model.thread(reader),
            model.thread(reader),
        ]);
        assert_eq!(model.get(&NARROW), Some(2));
    });
}

#[test]
fn what_is_forgotten_does_not_come_back() {
    check(|| {
        let model = Model::new(10);
        model.put(&WIDE, 1);
        let reader = |model: Model| {
            for _ in 0..2 {
                let forgotten = model.done() == 1;
                let found =
                    model.get(&NARROW).or_else(|| text(model.index.get_covering(&NARROW, 1)).map(|_| 1));
                assert!(found.is_none() || !forgotten, "a forgotten token");
            }
        };
        join([
            model.thread(|model| {
                model.index.forget(None);
                model.is_done(1);
            }),
            model.thread(|model| model.promote(&WIDE)),
            model.thread(reader),
            model.thread(reader),
        ]);
        assert_eq!((model.index.len(), model.index.front.load().len()), (0, 0));
    });
}

#[test]
fn a_token_found_for_more_scopes_takes_the_place_of_no_newer_one() {
    check(|| {
        let model = Model::new(10);
        model.put(&WIDE, 0);
        join([
            model.thread(|model| {
                let found = text(model.index.get_covering(&NARROW, 1));
                assert!(found.is_some());
            }),
            model.thread(|model| {
                model.put(&NARROW, 1);
                assert_eq!(model.get(&NARROW), Some(1));
                assert_eq!(model.get(&NARROW), Some(1));
            }),
        ]);
        assert_eq!(model.get(&NARROW), Some(1));
    });
}

#[test]
fn of_all_threads_one_has_the_turn() {
    check(|| {
        let model = Model::new(10);
        model.put(&NARROW, 0);
        let reader = |model: Model| {
            if let Found::Due(_) = model.index.get(&NARROW, GOOD.look) {
                model.done.fetch_add(1, Ordering::SeqCst);
            }
        };
        join([(); 3].map(|()| model.thread(reader)));
        assert_eq!(model.done(), 1);
    });
}

#[test]
fn what_makes_room_is_let_go_by_front_and_table() {
    check(|| {
        let model = Model::new(2);
        let secrets = ["a", "b", "c", "d"].map(Secret::new);
        let put = |model: Model, secret: Secret| {
            let expires_on = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
            let scope = secret.secret().to_owned();
            model.index.put(&key(&[&scope]), AccessToken::new(secret, expires_on), GOOD, 0);
            let _ = model.index.get(&key(&[&scope]), 1);
        };
        join([0, 2].map(|first| {
            let mine = [secrets[first].clone(), secrets[first + 1].clone()];
            model.thread(move |model| mine.into_iter().for_each(|secret| put(model.clone(), secret)))
        }));
        let there = |secret: &Secret| text(model.index.get(&key(&[secret.secret()]), 1)).is_some();
        for secret in &secrets {
            assert_eq!(secret.handles() > 1, there(secret), "{} is held and not found", secret.secret());
        }
        assert_eq!((model.index.len(), secrets.iter().filter(|secret| there(secret)).count()), (2, 2));
    });
}
