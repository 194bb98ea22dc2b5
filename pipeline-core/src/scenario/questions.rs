//! What a submission of a scenario would do, and whether known results are still right.

use super::Instance;
use super::inputs::{Overrides, for_engine};
use crate::engine::{Check, Explanation, Plan, RunOptions, Sampled};
use crate::graph::Maker;
use crate::scenario::error::{Error, Result};
use crate::store::Hash;

impl Instance {
    /// What [`Instance::submit`] would do now. A job that reads an input that is not available would fail.
    ///
    /// # Errors
    ///
    /// When the store can't be read.
    pub fn plan(&self) -> Result<Plan> {
        self.plan_on(&Overrides::new(), RunOptions::default())
    }

    /// What [`Instance::submit`] would do if these inputs were set to these texts, as a person types them. Nothing is
    /// written.
    ///
    /// # Errors
    ///
    /// When an input does not exist, a text can't be parsed as the type of its input, or the store can't be read.
    pub fn plan_with(&self, texts: &[(&str, &str)]) -> Result<Plan> {
        let supposed =
            texts.iter().map(|(node, text)| Ok(((*node).to_owned(), self.usable_input(node, text)?)));
        self.plan_on(&supposed.collect::<Result<_>>()?, RunOptions::default())
    }

    pub(crate) fn plan_on(&self, overrides: &Overrides, options: RunOptions) -> Result<Plan> {
        let inputs = self.inputs(overrides)?;
        let inputs = for_engine(&inputs);
        Ok(self.store.engine(options).plan(&self.name, &self.graph, &inputs, &self.states()?)?)
    }

    /// Whether the plans of table tasks hold: each is called over tables without rows, and nothing runs. A submission does that,
    /// too, before it calls the first function.
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
    /// assert!(!check.is_fine());
    /// assert!(check.jobs[1].message.as_ref().unwrap().ends_with("did you mean `amount`?"));
    /// # }
    /// # Ok::<(), skipstone::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When the store can't be read.
    pub fn check(&self) -> Result<Check> {
        self.check_on(&Overrides::new())
    }

    pub(crate) fn check_on(&self, overrides: &Overrides) -> Result<Check> {
        let inputs = self.inputs(overrides)?;
        Ok(self.store.engine(RunOptions::default()).check(&self.name, &self.graph, &for_engine(&inputs)))
    }

    /// What is in the key of the result that an output would have now, and whether it is known.
    ///
    /// # Errors
    ///
    /// When the output does not exist, or the store can't be read.
    pub fn explain(&self, node: &str) -> Result<Explanation> {
        self.explain_on(node, &Overrides::new(), RunOptions::default())
    }

    pub(crate) fn explain_on(
        &self,
        node: &str,
        overrides: &Overrides,
        options: RunOptions,
    ) -> Result<Explanation> {
        let found = self.find(node, "node")?;
        let Maker::Call(index) = found.maker else {
            let readers =
                found.readers.iter().flat_map(|&call| self.graph.outputs_of(&self.graph.calls[call]));
            let outputs = readers.map(|node| format!("`{}`", node.name())).collect::<Vec<_>>().join(", ");
            return Err(Error::InputHasNoKey { node: node.into(), outputs });
        };
        let inputs = self.inputs(overrides)?;
        let states = self.states()?;
        let call = &self.graph.calls[index];
        let inputs = for_engine(&inputs);
        Ok(self.store.engine(options).explain(&self.name, &self.graph, node, call, &inputs, &states)?)
    }

    /// Makes results that are known for the present inputs again, each with the probability `share`, and
    /// compares: a task that gives something else is not a function of its inputs, and its results can't
    /// be relied on. Nothing is kept. `notify` is called after each.
    ///
    /// # Errors
    ///
    /// When an input is missing or the store can't be read.
    pub fn verify_sample(&self, share: f64, notify: impl FnMut(&Sampled)) -> Result<Vec<Sampled>> {
        self.verify_sample_on(share, RunOptions::default(), notify)
    }

    pub(crate) fn verify_sample_on(
        &self,
        share: f64,
        options: RunOptions,
        notify: impl FnMut(&Sampled),
    ) -> Result<Vec<Sampled>> {
        // The choice differs from time to time: every result has its turn.
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        let chosen = |key: &Hash| {
            let mut bytes = key.as_bytes().to_vec();
            bytes.extend(now.as_nanos().to_le_bytes());
            let hash = Hash::of(&bytes);
            let [a, b, c, d, ..] = *hash.as_bytes();
            f64::from(u32::from_le_bytes([a, b, c, d])) < share * f64::from(u32::MAX) + 1.0 && share > 0.0
        };
        // What is made again is read for as long as that takes.
        let engine = self.store.engine(RunOptions { relying: true, ..options });
        let inputs = self.inputs(&Overrides::new())?;
        let log_capture = self.log_capture(&inputs);
        let inputs = for_engine(&inputs);
        Ok(engine.sample(&self.graph, &inputs, &self.states()?, chosen, &log_capture, notify)?)
    }
}
