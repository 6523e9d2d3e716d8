//! Callers who each wait for an answer before they ask again, and what they saw.

use std::fs;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::Outcome;

/// Ticks of the clock by which Linux counts processor time (`getconf CLK_TCK`; 100 on every usual machine).
const TICKS_PER_SECOND: f64 = 100.0;

/// What callers saw, all together.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Calls that were answered.
    pub calls: usize,
    /// From the first call to the last answer.
    pub span: Duration,
    /// Half of the answers took no longer.
    pub median: Duration,
    /// 99 of 100 answers took no longer.
    pub p99: Duration,
    /// Processor time that the server took.
    pub server: Duration,
}

impl Seen {
    /// Calls in a second.
    #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
    pub fn rate(&self) -> f64 {
        self.calls as f64 / self.span.as_secs_f64()
    }

    /// Processor time of the server for each call, microseconds.
    #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
    pub fn server_micros(&self) -> f64 {
        self.server.as_secs_f64() * 1e6 / self.calls.max(1) as f64
    }
}

/// Has so many callers make `calls` calls in all, each with the number of the call; `server` is the process they call,
/// if its processor time is asked for.
///
/// # Errors
/// If a call fails, or the processor time cannot be read.
pub async fn drive<F, A>(
    callers: usize,
    calls: usize,
    server: Option<u32>,
    call: F,
) -> Outcome<Seen>
where
    F: Fn(usize, usize) -> A + Send + Sync + 'static,
    A: Future<Output = Outcome<()>> + Send,
{
    let (call, next) = (Arc::new(call), Arc::new(AtomicUsize::new(0)));
    let time = || server.map_or(Ok(Duration::ZERO), processor_time);
    let before = time()?;
    let begun = Instant::now();
    let mut tasks = JoinSet::new();
    for caller in 0..callers {
        let (call, next) = (Arc::clone(&call), Arc::clone(&next));
        tasks.spawn(async move {
            let mut took = Vec::with_capacity(calls.div_ceil(callers));
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if calls <= number {
                    return Ok::<_, Box<dyn std::error::Error + Send + Sync>>(took);
                }
                let asked = Instant::now();
                call(caller, number).await?;
                took.push(asked.elapsed());
            }
        });
    }
    let mut took = Vec::with_capacity(calls);
    while let Some(task) = tasks.join_next().await {
        took.append(&mut task??);
    }
    let span = begun.elapsed();
    took.sort_unstable();
    let at = |share: usize| took.get(took.len() * share / 100).copied();
    Ok(Seen {
        calls: took.len(),
        span,
        median: at(50).unwrap_or_default(),
        p99: at(99).unwrap_or_default(),
        server: time()?.saturating_sub(before),
    })
}

/// Processor time that a process has taken, its threads together (proc(5), `stat`, fields 14 and 15).
///
/// # Errors
/// If there is no such process.
pub fn processor_time(process: u32) -> Outcome<Duration> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The name of the program, in parentheses, may hold anything.
    let (_, fields) = stat.rsplit_once(") ").ok_or("no fields")?;
    let ticks: f64 = fields
        .split(' ')
        .skip(11)
        .take(2)
        .map(|field| field.parse().unwrap_or(0.0))
        .sum();
    Ok(Duration::from_secs_f64(ticks / TICKS_PER_SECOND))
}
