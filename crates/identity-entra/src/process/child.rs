use std::ffi::OsString;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::pin::pin;
use std::process::Stdio;
use std::time::Duration;

use futures_util::future::{Either, select, try_join};
use identity_core::{Clock, SecretBytes};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{ChildStderr, ChildStdout, Command};
use tokio::runtime::Handle;
use zeroize::Zeroizing;

use super::ProcessOutput;
use crate::time::timeout;

/// A tool that runs. When it is dropped before its end, it ends with everything that it has started.
pub(super) struct Child {
    child: tokio::process::Child,
    outputs: Option<(ChildStdout, ChildStderr)>,
    #[cfg(windows)]
    system_directory: std::path::PathBuf,
}

/// Why there is no output.
pub(super) enum Failure {
    NoRuntime,
    TooMuch,
    Io(io::Error),
}

impl Child {
    pub(super) fn start(
        path: &Path,
        arguments: &[OsString],
        environment: impl Iterator<Item = (OsString, OsString)>,
        directory: &Path,
    ) -> Result<Self, Failure> {
        if !is_runtime_complete() {
            return Err(Failure::NoRuntime);
        }
        let mut command = Command::new(path);
        command
            .args(arguments)
            .env_clear()
            .envs(environment)
            .current_dir(directory)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        // A group of its own, so that all of it can be ended at once, and a terminal's Ctrl-C does not reach the tool before us.
        #[cfg(unix)]
        command.process_group(0);
        // No console window flashes up.
        #[cfg(windows)]
        command.creation_flags(0x0800_0000);
        let mut child = catch_unwind(AssertUnwindSafe(|| command.spawn()))
            .map_err(|_| Failure::NoRuntime)?
            .map_err(Failure::Io)?;
        let outputs = child.stdout.take().zip(child.stderr.take());
        Ok(Self {
            child,
            outputs,
            #[cfg(windows)]
            system_directory: directory.to_owned(),
        })
    }

    /// Reads both outputs until the tool has ended.
    pub(super) async fn finish(&mut self, most: usize) -> Result<ProcessOutput, Failure> {
        let Some((stdout, stderr)) = self.outputs.take() else { return Err(Failure::NoRuntime) };
        let (mut stdout, mut stderr) = (Capture::new(stdout, most), Capture::new(stderr, most));
        let status = {
            let reading = pin!(try_join(stdout.read_all(), stderr.read_all()));
            match select(pin!(self.child.wait()), reading).await {
                Either::Left((status, _)) => status,
                Either::Right((read, wait)) => {
                    read?;
                    wait.await
                }
            }
        };
        let status = status.map_err(Failure::Io)?;
        // What the tool has left running may hold the pipes open for ever; what the tool itself wrote is in them by now.
        stdout.rest().await?;
        stderr.rest().await?;
        Ok(ProcessOutput { status: status.code(), stdout: stdout.into_bytes(), stderr: stderr.into_bytes() })
    }

    /// Ends the tool and waits until the system has nothing left of it.
    pub(super) async fn end(&mut self, clock: &Clock) {
        // One that hangs inside the system itself is left to the runtime.
        const LONGEST: Duration = Duration::from_secs(5);
        self.kill();
        let _ = timeout(clock, LONGEST, self.child.wait()).await;
    }

    /// Ends the whole group. Its number can't be anybody else's, because the tool has not been waited for while `id` gives it.
    #[cfg(unix)]
    fn kill(&mut self) {
        use rustix::process::{Pid, Signal, kill_process_group};
        let id = self.child.id().and_then(|id| i32::try_from(id).ok());
        if let Some(group) = id.and_then(Pid::from_raw) {
            let _ = kill_process_group(group, Signal::KILL);
        }
    }

    /// Ends the tool and its descendants with the system's own tool for that. Not compiled where it was written.
    #[cfg(windows)]
    fn kill(&mut self) {
        use std::os::windows::process::CommandExt;
        let Some(id) = self.child.id() else { return };
        let mut taskkill =
            std::process::Command::new(self.system_directory.join("System32").join("taskkill.exe"));
        taskkill.args(["/T", "/F", "/PID"]).arg(id.to_string()).creation_flags(0x0800_0000);
        let _ = taskkill.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
        let _ = self.child.start_kill();
    }
}

impl Drop for Child {
    /// The runtime waits for the tool then, so that no zombie stays.
    fn drop(&mut self) {
        self.kill();
    }
}

/// Whether the runtime can watch pipes. It is asked before anything is started, because tokio panics when the child already runs.
fn is_runtime_complete() -> bool {
    #[cfg(unix)]
    let can_watch = || catch_unwind(|| tokio::net::unix::pipe::pipe().is_ok()).unwrap_or(false);
    #[cfg(not(unix))]
    let can_watch = || true;
    Handle::try_current().is_ok() && can_watch()
}

/// One output as far as it has been read, in buffers that are wiped when they are outgrown.
struct Capture<R> {
    reader: R,
    buffer: Zeroizing<Vec<u8>>,
    filled: usize,
    most: usize,
}

impl<R: AsyncRead + Unpin> Capture<R> {
    fn new(reader: R, most: usize) -> Self {
        Self { reader, buffer: Zeroizing::default(), filled: 0, most }
    }

    async fn read_all(&mut self) -> Result<(), Failure> {
        loop {
            self.make_room()?;
            // A pipe that breaks has ended.
            match self.reader.read(&mut self.buffer[self.filled..]).await {
                Ok(0) | Err(_) => return Ok(()),
                Ok(count) => self.filled += count,
            }
        }
    }

    fn make_room(&mut self) -> Result<(), Failure> {
        if self.filled > self.most {
            return Err(Failure::TooMuch);
        }
        if self.filled == self.buffer.len() {
            // One byte more than allowed, to notice that there is more.
            let size = (self.buffer.len() * 2).max(4096).min(self.most.saturating_add(1));
            let mut larger = Zeroizing::new(vec![0; size]);
            larger[..self.filled].copy_from_slice(&self.buffer);
            self.buffer = larger;
        }
        Ok(())
    }

    fn into_bytes(self) -> SecretBytes {
        SecretBytes::new(&self.buffer[..self.filled])
    }
}

impl<R: AsyncRead + Unpin + Pipe> Capture<R> {
    /// What is there without waiting for more.
    #[cfg(unix)]
    async fn rest(&mut self) -> Result<(), Failure> {
        loop {
            self.make_room()?;
            match rustix::io::read(&self.reader, &mut self.buffer[self.filled..]) {
                Ok(count @ 1..) => self.filled += count,
                Err(rustix::io::Errno::INTR) => {}
                // The end, or nothing more for now: tokio's pipes do not block.
                Ok(_) | Err(_) => return Ok(()),
            }
        }
    }

    /// Up to the end, within the time of the whole run.
    #[cfg(not(unix))]
    async fn rest(&mut self) -> Result<(), Failure> {
        self.read_all().await
    }
}

#[cfg(unix)]
use std::os::fd::AsFd as Pipe;
#[cfg(windows)]
use std::os::windows::io::AsHandle as Pipe;
