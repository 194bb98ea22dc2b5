//! Arguments as texts, and what they mean.

use crate::report::length_of_time;
use std::time::Duration;

/// A length of time: a whole number and a unit, or nothing at all.
pub(super) fn parse_time(text: &str) -> Result<Duration, String> {
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    length_of_time(text).ok_or_else(|| "expected a number and a unit: 45s, 30m, 12h, 7d".into())
}

pub(super) fn parse_share(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(share) if (0.0..=1.0).contains(&share) => Ok(share),
        _ => Err("expected a number between 0 and 1".into()),
    }
}

pub(crate) fn parse_set(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((node, value)) if !node.is_empty() => Ok((node.trim().into(), value.into())),
        _ => Err("expected NODE=VALUE".into()),
    }
}

pub(super) fn parse_setting(text: &str) -> Result<(String, String), String> {
    parse_set(text).map_err(|_| "expected KEY=VALUE".into())
}

/// A property with its value.
pub(super) fn parse_property(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => Ok((name.trim().into(), value.into())),
        _ => Err("expected NAME=VALUE".into()),
    }
}
