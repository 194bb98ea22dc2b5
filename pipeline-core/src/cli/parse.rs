//! Parsers of argument values.

use crate::report::parse_duration;
use std::time::Duration;

/// Parses a duration: a whole number with a unit, or `0`.
pub(super) fn parse_time(text: &str) -> Result<Duration, String> {
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    parse_duration(text).ok_or_else(|| "expected a number and a unit: 45s, 30m, 12h, 7d".into())
}

pub(super) fn parse_percentage(text: &str) -> Result<f64, String> {
    skipstone_wiring::share(text).ok_or_else(|| "expected a percentage from 0% to 100%".into())
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

/// Parses `NAME=VALUE`.
pub(super) fn parse_property(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => Ok((name.trim().into(), value.into())),
        _ => Err("expected NAME=VALUE".into()),
    }
}
