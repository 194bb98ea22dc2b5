//! Known results that differed when they were recomputed, as text.

use super::view::{varying, views};
use super::{Tone, datetime};
use crate::engine::Mismatch;
use std::fmt;

views! {
    /// Mismatches, the latest first.
    MismatchesText([Mismatch]);
}

impl fmt::Display for MismatchesText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for mismatch in self.data {
            let number = varying(self.stable, "number", || mismatch.id.to_string());
            let found = varying(self.stable, "moment", || datetime(mismatch.found_us));
            let (tone, word) = match mismatch.resolved_us {
                None => (Tone::Bad, "open".to_owned()),
                Some(at) => {
                    (Tone::Quiet, format!("resolved {}", varying(self.stable, "moment", || datetime(at))))
                }
            };
            let (job, scenario) = (&mismatch.job, &mismatch.scenario);
            writeln!(
                f,
                "{number} {}  job `{job}` of scenario `{scenario}`, {found}",
                (self.paint)(tone, &word)
            )?;
            writeln!(f, "  {mismatch}")?;
        }
        let open = self.data.iter().filter(|mismatch| mismatch.resolved_us.is_none()).count();
        match self.data.len() {
            0 => write!(f, "no known result differed when it was recomputed"),
            1 => write!(f, "1 mismatch, {open} open"),
            count => write!(f, "{count} mismatches, {open} open"),
        }
    }
}
