//! Starting processes beside tests that open and close directories.
//!
//! A directory is locked by a `flock`, which belongs to the open file. A process that is being started holds a copy of
//! every open file from `fork` to `exec`; if a test closes a directory in that moment, it stays locked a little longer,
//! and opening it again at once is refused as busy. A server never starts processes, so this is for tests alone.

use std::io;
use std::process::{Output, Stdio};
use std::sync::{Mutex, PoisonError};

use tokio::process::{Child, Command};

/// Held while a process is being started.
static STARTING: Mutex<()> = Mutex::new(());

/// Starts a process; every process of these tests is started here. But for some microseconds, in which the kernel closes
/// its copies, it holds no files of ours when this returns.
pub(crate) fn spawn(command: &mut Command) -> io::Result<Child> {
    let starting = STARTING.lock().unwrap_or_else(PoisonError::into_inner);
    let child = command.spawn();
    drop(starting);
    child
}

/// Runs a program to its end.
pub(crate) async fn output(command: &mut Command) -> io::Result<Output> {
    let command = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    spawn(command)?.wait_with_output().await
}

/// Waits until no process is being started, so that what was closed before is unlocked. Goes before every opening of a
/// directory that this process has had open; whoever opens thousands of times tries again when it is busy.
pub(crate) fn settle() {
    drop(STARTING.lock().unwrap_or_else(PoisonError::into_inner));
}
