//! Signals that end a run.

use crate::data::CancelToken;

/// Cancels the run on the first Ctrl-C or another termination signal: running tasks finish, no others start. The second
/// signal ends the program at once, which does not damage the store. A hang-up signal that was ignored when the program
/// started stays ignored, as `nohup` requires.
pub(super) fn drain(cancel: CancelToken) {
    let mut canceled = false;
    listen(move || {
        if canceled {
            std::process::exit(130);
        }
        canceled = true;
        cancel.cancel();
        crate::store::limit_waits();
        eprintln!("canceling: waiting for running tasks; press Ctrl-C again to stop at once");
    });
}

#[cfg(unix)]
fn listen(mut on_signal: impl FnMut() + Send + 'static) {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    let ignored = ignored(&std::fs::read_to_string("/proc/self/status").unwrap_or_default());
    // A shell makes background programs ignore SIGINT so that Ctrl-C in the terminal does not stop them. A SIGINT that
    // still arrives was sent to this process on purpose, so it is handled.
    let is_handled = |signal: &i32| *signal != SIGHUP || ignored >> (signal - 1) & 1 == 0;
    let handled = [SIGINT, SIGTERM, SIGHUP].into_iter().filter(is_handled);
    // If no handler can be installed, signals keep their default action.
    let Ok(mut signals) = signal_hook::iterator::Signals::new(handled) else { return };
    let _ = std::thread::Builder::new()
        .name("pipeline-signals".into())
        .spawn(move || signals.forever().for_each(|_| on_signal()));
}

/// The ignored signals as a bit mask, from the text of `/proc/self/status` on Linux.
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
