//! What a cache key is made from, as text.

use super::size::size;
use super::{Paint, Tone, columns, plain};
use crate::engine::{Decision, Explanation, Reason};
use crate::store::Hash;
use std::fmt;

/// An [`Explanation`] as text: whether the job would run and why, and every part of its key.
pub struct ExplanationText<'a> {
    explanation: &'a Explanation,
    paint: Paint<'a>,
    all: bool,
}

impl<'a> ExplanationText<'a> {
    /// Creates the view, without colours.
    pub fn new(explanation: &'a Explanation) -> ExplanationText<'a> {
        ExplanationText { explanation, paint: &plain, all: false }
    }

    /// Adds colours.
    pub fn paint(mut self, paint: Paint<'a>) -> ExplanationText<'a> {
        self.paint = paint;
        self
    }

    /// Lists all crates instead of their number.
    pub fn all(mut self) -> ExplanationText<'a> {
        self.all = true;
        self
    }

    fn heading(&self, f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
        writeln!(f, "{}", (self.paint)(Tone::Heading, text))
    }

    fn code(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let explanation = self.explanation;
        let short: String = explanation.code.chars().take(8).collect();
        match &explanation.version {
            None => self.heading(f, &format!("code {short}"))?,
            Some(version) => {
                let heading = format!("version \"{version}\" instead of the code, which is {short}");
                self.heading(f, &heading)?;
            }
        }
        let rows: Vec<_> = explanation
            .parts
            .iter()
            .filter(|part| part.coarse.is_none())
            .map(|part| {
                let place = match part.line {
                    Some(line) => format!("{}:{line}", part.file),
                    None => part.file.clone(),
                };
                let hash: String = part.hash.chars().take(8).collect();
                vec![(Some(Tone::Quiet), hash), (None, part.title.clone()), (None, place)]
            })
            .collect();
        columns::write(f, self.paint, &rows)?;
        self.coarse(f)?;
        match explanation.crates.as_slice() {
            [] => Ok(()),
            crates if self.all => crates.iter().try_for_each(|name| writeln!(f, "  crate {name}")),
            crates => writeln!(
                f,
                "  and {} by version and features (--all lists them)",
                if crates.len() == 1 { "1 crate".to_owned() } else { format!("{} crates", crates.len()) }
            ),
        }
    }
}

impl ExplanationText<'_> {
    /// The parts that are hashed as a whole, each with the reason.
    fn coarse(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let coarse: Vec<_> =
            self.explanation.parts.iter().filter_map(|part| Some((part, part.coarse.as_ref()?))).collect();
        if coarse.is_empty() {
            return Ok(());
        }
        writeln!(
            f,
            "  hashed as a whole, so that the task may run again after edits that do not affect it:"
        )?;
        for (part, why) in coarse {
            let hash: String = part.hash.chars().take(8).collect();
            writeln!(f, "  {}  {}: {why}", (self.paint)(Tone::Quiet, &hash), part.title)?;
        }
        Ok(())
    }
}

impl fmt::Display for ExplanationText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let explanation = self.explanation;
        let Explanation { scenario, node, job, task, file, line, .. } = explanation;
        self.heading(f, &format!("`{node}` of `{scenario}`: made by {job}, {task} ({file}:{line})"))?;
        let (tone, word) = match explanation.decision {
            Decision::Run => (Tone::Work, "run"),
            Decision::Skip => (Tone::Quiet, "skip"),
            Decision::MayRun => (Tone::Work, "run?"),
            Decision::Fail => (Tone::Bad, "fail"),
        };
        writeln!(f, "  {}  {}", (self.paint)(tone, word), explanation.reason)?;
        for output in &explanation.kept {
            let size = size(output.value.bytes);
            writeln!(f, "  stored as object {}, {size}", output.value.hash.short())?;
        }
        if let Some(nearest) = &explanation.nearest {
            writeln!(f, "  nearest result: {nearest}")?;
        }
        match (&explanation.key, &explanation.reason) {
            (Some(key), _) => self.heading(f, &format!("key {key}"))?,
            (None, Reason::NotSkippable) => self.heading(f, "no key: the task runs every time")?,
            (None, _) => self.heading(f, "key not known until its inputs are")?,
        }
        self.heading(f, "inputs")?;
        let rows: Vec<_> = explanation
            .inputs
            .iter()
            .map(|input| {
                let hash = if input.ignored {
                    "ignored".into()
                } else {
                    input.content.as_ref().map_or_else(|| "?".into(), Hash::short)
                };
                let name = match input.parameter == input.node {
                    true => input.parameter.clone(),
                    false => format!("{}: {}", input.parameter, input.node),
                };
                let mut value = input.value.clone().unwrap_or_default();
                if !input.columns.is_empty() {
                    let joint = if value.is_empty() { "" } else { ", " };
                    value = format!("{value}{joint}reads columns {}", input.columns.join(", "));
                }
                vec![(Some(Tone::Quiet), hash), (None, name), (None, value)]
            })
            .collect();
        columns::write(f, self.paint, &rows)?;
        self.code(f)?;
        let toolchain = &explanation.toolchain;
        let strict =
            if explanation.strict { "part of the key" } else { "recorded; part of the key with --strict" };
        write!(f, "rustc {}, {}, {} ({strict})", toolchain.rustc, toolchain.target, toolchain.profile)
    }
}
