//! Plans, checks and explanations of submissions, and verification of stored results.

use super::Instance;
use super::inputs::{Overrides, for_engine};
use crate::data::{PageOf, ShowError, Value};
use crate::engine::{Check, CheckedInput, CheckedJob, Explanation, Finding, Plan, RunOptions, Sampled};
use crate::graph::{Maker, Node};
use crate::scenario::error::{Error, Result};
use crate::store::Hash;

impl Instance {
    /// Returns a plan: what [`Instance::submit`] would do now. A job that reads an unavailable input would fail.
    ///
    /// # Errors
    ///
    /// Returns an error if the store can't be read.
    pub fn plan(&self) -> Result<Plan> {
        self.plan_on(&Overrides::new(), RunOptions::default())
    }

    /// Returns a plan: what [`Instance::submit`] would do if inputs were set to these strings, as a person types them.
    /// Nothing is written.
    ///
    /// # Errors
    ///
    /// Returns [`Error::NoNode`] if the scenario has no such input, [`Error::BadValue`] if a string is not valid for
    /// the input's type, [`Error::InputFile`] if a file can't be read, and an error if the store can't be read.
    pub fn plan_with(&self, texts: &[(&str, &str)]) -> Result<Plan> {
        let overrides =
            texts.iter().map(|(node, text)| Ok(((*node).to_owned(), self.checked_input(node, text)?)));
        self.plan_on(&overrides.collect::<Result<_>>()?, RunOptions::default())
    }

    pub(crate) fn plan_on(&self, overrides: &Overrides, options: RunOptions) -> Result<Plan> {
        let instance = self.selected(overrides)?;
        let inputs = instance.inputs(overrides)?;
        let inputs = for_engine(&inputs);
        Ok(self.store.engine(options).plan(&self.name, &instance.graph, &inputs, &self.states()?)?)
    }

    /// Checks that the inputs have values and that their files begin as they should, and checks the query plans of table
    /// tasks, on tables without rows: errors such as a misspelled column are found
    /// before any task runs. A submission makes the same check before it calls the first task.
    ///
    /// ```
    /// # #[cfg(feature = "polars")] {
    /// use skipstone::polars::prelude::*;
    /// use skipstone::{Frame, Row, scenario, task, testing};
    ///
    /// #[derive(Row)]
    /// struct Order { amount: f64 }
    ///
    /// #[task(skippable)]
    /// fn orders() -> Frame<Order> {
    ///     Frame::from_rows(&[Order { amount: 1.0 }])
    /// }
    ///
    /// #[task(skippable)]
    /// fn doubled(orders: &Frame<Order>) -> Frame<Order> {
    ///     Frame::new(orders.lazy().select([col("amuont") * lit(2.0)]))
    /// }
    ///
    /// scenario! {
    ///     pub Doubling { ordered = orders(); twice = doubled(ordered); }
    /// }
    ///
    /// let store = testing::store();
    /// let check = Doubling::create(&store, "a")?.check()?;
    /// assert!(!check.is_ok());
    /// assert!(check.jobs[1].message.as_ref().unwrap().ends_with("did you mean `amount`?"));
    /// # }
    /// # Ok::<(), skipstone::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Returns an error if the store can't be read.
    pub fn check(&self) -> Result<Check> {
        self.check_on(&Overrides::new())
    }

    pub(crate) fn check_on(&self, overrides: &Overrides) -> Result<Check> {
        let inputs = self.inputs(overrides)?;
        let engine = self.store.engine(RunOptions::default());
        let inputs = for_engine(&inputs);
        // The arms of all branches are checked, whatever the values of the inputs are.
        let mut jobs: Vec<CheckedJob> = Vec::new();
        for graph in self.graph.all_selected() {
            for job in engine.check(&graph, &inputs) {
                if !jobs.iter().any(|known| known.name == job.name) {
                    jobs.push(job);
                }
            }
        }
        let nodes = self.graph.nodes().iter().filter(|node| node.is_input());
        let inputs = nodes.map(|node| self.check_input(node, overrides.get(node.name()))).collect();
        Ok(Check { scenario: self.name.clone(), scenario_type: self.graph.name().into(), inputs, jobs })
    }

    /// Checks that an input has a value. Of a file, the beginning is read: its header and a row.
    fn check_input(&self, node: &Node, given: Option<&Value>) -> CheckedInput {
        let checked = |finding, message| CheckedInput { node: node.name().into(), finding, message };
        let value = match given {
            Some(value) => Ok(value.clone()),
            None => self.input_value(node),
        };
        let first = PageOf { offset: 0, limit: 1, filters: Vec::new() };
        let read = |value: Value| match node.is_external() {
            true => node.with_options(value)?.page(first).map(drop).map_err(|error| match error {
                ShowError::Data(error) => Error::from(error),
                ShowError::Output(error) => Error::Output(error),
            }),
            false => Ok(()),
        };
        match value.and_then(read) {
            Ok(()) => checked(Finding::Holds, None),
            Err(error @ (Error::MissingInput { .. } | Error::MissingSecret { .. })) => {
                checked(Finding::Unknown, Some(error.to_string()))
            }
            Err(error) => checked(Finding::Fails, Some(error.to_string())),
        }
    }

    /// Explains the cache key of an output's current result: the parts of the key, and whether the result is stored.
    ///
    /// # Errors
    ///
    /// Returns [`Error::NoNode`] if the scenario has no such node, [`Error::InputHasNoKey`] if it is an input, and an
    /// error if the store can't be read.
    pub fn explain(&self, node: &str) -> Result<Explanation> {
        self.explain_on(node, &Overrides::new(), RunOptions::default())
    }

    pub(crate) fn explain_on(
        &self,
        node: &str,
        overrides: &Overrides,
        options: RunOptions,
    ) -> Result<Explanation> {
        let instance = self.selected(overrides)?;
        let graph = &instance.graph;
        let found = instance.find(node, "node")?;
        let node = found.name();
        let Maker::Call(index) = found.maker else {
            let readers = found.readers.iter().flat_map(|&call| graph.outputs_of(&graph.calls[call]));
            let outputs = readers.map(|node| format!("`{}`", node.name())).collect::<Vec<_>>().join(", ");
            return Err(Error::InputHasNoKey { node: node.into(), outputs });
        };
        let inputs = instance.inputs(overrides)?;
        let states = self.states()?;
        let call = &graph.calls[index];
        let inputs = for_engine(&inputs);
        Ok(self.store.engine(options).explain(&self.name, graph, node, call, &inputs, &states)?)
    }

    /// Verifies stored results for the present inputs: computes a random sample again, and compares. `share` is the
    /// probability, between 0 and 1, with which each result is in the sample.
    ///
    /// A task whose new result differs is not a function of its inputs, and its results can't be trusted. The new
    /// results are discarded. `notify` is called after each.
    ///
    /// # Errors
    ///
    /// Returns an error if the store can't be read.
    pub fn verify_sample(&self, share: f64, notify: impl FnMut(&Sampled)) -> Result<Vec<Sampled>> {
        self.verify_sample_on(share, RunOptions::default(), notify)
    }

    pub(crate) fn verify_sample_on(
        &self,
        share: f64,
        options: RunOptions,
        notify: impl FnMut(&Sampled),
    ) -> Result<Vec<Sampled>> {
        // The sample differs from call to call, so every result is verified some time.
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        let is_sampled = |key: &Hash| {
            let mut bytes = key.as_bytes().to_vec();
            bytes.extend(now.as_nanos().to_le_bytes());
            let hash = Hash::of(&bytes);
            let [a, b, c, d, ..] = *hash.as_bytes();
            f64::from(u32::from_le_bytes([a, b, c, d])) < share * f64::from(u32::MAX) + 1.0 && share > 0.0
        };
        // The engine's lease holds the results that are read while others are computed again.
        let engine = self.store.engine(RunOptions { hold_results: true, ..options });
        let instance = self.selected(&Overrides::new())?;
        let inputs = instance.inputs(&Overrides::new())?;
        let log_capture = self.log_capture(&inputs);
        let inputs = for_engine(&inputs);
        Ok(engine.sample(&instance.graph, &inputs, &self.states()?, is_sampled, &log_capture, notify)?)
    }
}
