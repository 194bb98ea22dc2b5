//! Signals that end a run.

use crate::data::CancelToken;

/// The first Ctrl-C, or another signal to end, lets running tasks finish and begins no others; the second ends the
/// program at once, which the store survives. A hang-up that was ignored when the program started stays ignored: that is
/// what `nohup` asks for.
pub(super) fn drain(cancel: CancelToken) {
    let mut told = false;
    listen(move || {
        if told {
            std::process::exit(130);
        }
        told = true;
        cancel.cancel();
        crate::store::wait_no_longer();
        eprintln!("canceling: waiting for running tasks; press Ctrl-C again to stop at once");
    });
}

#[cfg(unix)]
fn listen(mut on_signal: impl FnMut() + Send + 'static) {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    let ignored = ignored(&std::fs::read_to_string("/proc/self/status").unwrap_or_default());
    // A shell lets what it runs in the background ignore Ctrl-C, which is for the terminal's sake: one that is sent to this
    // program by its number is meant.
    let hears = |signal: &i32| *signal != SIGHUP || ignored >> (signal - 1) & 1 == 0;
    let heard = [SIGINT, SIGTERM, SIGHUP].into_iter().filter(hears);
    // Where none can be heard, a signal does what it did before.
    let Ok(mut signals) = signal_hook::iterator::Signals::new(heard) else { return };
    let _ = std::thread::Builder::new()
        .name("pipeline-signals".into())
        .spawn(move || signals.forever().for_each(|_| on_signal()));
}

/// The signals that are ignored, a bit for each, by what Linux says of a process.
#[cfg(unix)]
fn ignored(status: &str) -> u64 {
    let line = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    line.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default()
}

#[cfg(not(unix))]
fn listen(on_signal: impl FnMut() + Send + 'static) {
    let _ = ctrlc::set_handler(on_signal);
}

#[cfg(all(test, unix))]
mod tests {
    #[test]
    fn ignored_signals_are_read_from_the_status_of_a_process() {
        assert_eq!(super::ignored("Name:\tx\nSigIgn:\t0000000000001001\nSigCgt:\t2\n"), 0x1001);
        assert_eq!(super::ignored(""), 0);
    }
}
