//! Evaluates a graph in memory: without a store, without keys, storing nothing.

use crate::data::{DataType, Value};
use crate::engine::submit::schedule::{self, Work};
use crate::engine::submit::waits::waits;
use crate::graph::{Arguments, Call, Graph, Resources};
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The job that failed, and its error.
pub(crate) struct TaskFailed {
    pub(crate) job: String,
    pub(crate) error: Box<dyn std::error::Error + Send + Sync>,
}

/// Calls every task once, and returns the values of the results by node. `inputs` are indexed by node.
pub(crate) fn evaluate(
    graph: &Graph,
    inputs: Vec<Value>,
    workers: usize,
    resources: Resources,
) -> Result<Vec<Option<Value>>, TaskFailed> {
    let mut slots: Vec<Mutex<Option<Value>>> =
        inputs.into_iter().map(|value| Mutex::new(Some(value))).collect();
    slots.resize_with(graph.nodes.len(), Mutex::default);
    let running = InMemoryRun {
        resources,
        slots,
        readers_left: graph.nodes.iter().map(|node| AtomicUsize::new(node.readers.len())).collect(),
        failed: Mutex::new(None),
        stop: AtomicBool::new(false),
    };
    let work = |index: usize| running.call(&graph.calls[index]);
    schedule::run(waits(graph), workers, &Work { work: &work, idle: &|| {}, ready: None });
    match running.failed.into_inner().unwrap_or_else(PoisonError::into_inner) {
        Some(failed) => Err(failed),
        None => Ok(running
            .slots
            .into_iter()
            .map(|slot| slot.into_inner().unwrap_or_else(PoisonError::into_inner))
            .collect()),
    }
}

struct InMemoryRun {
    resources: Resources,
    slots: Vec<Mutex<Option<Value>>>,
    /// By node: the number of jobs that still have to read it.
    readers_left: Vec<AtomicUsize>,
    failed: Mutex<Option<TaskFailed>>,
    stop: AtomicBool,
}

impl InMemoryRun {
    fn call(&self, call: &Call) {
        if self.stop.load(Ordering::Relaxed) {
            return;
        }
        let values = call.argument_nodes().zip(call.task.parameters);
        let one = |node: usize, data: &DataType| data.viewing(self.value(node));
        let arguments = values.map(|(slot, data)| slot.value(data, one)).collect();
        let arguments = match arguments {
            Ok(values) => Arguments { values, resources: self.resources.clone() },
            Err(error) => return self.fail(call, error.into()),
        };
        for (number, &node) in call.arguments.iter().enumerate() {
            // A call that reads a node twice is one reader.
            let again = call.arguments[..number].contains(&node);
            if !again && self.readers_left[node].fetch_sub(1, Ordering::AcqRel) == 1 {
                *self.slot(node) = None;
            }
        }
        let outcome =
            crate::engine::execute::panics::watched(AssertUnwindSafe(|| (call.task.run)(&arguments)));
        drop(arguments);
        match outcome {
            Ok(Ok(outputs)) => {
                for ((output, definition), &node) in
                    outputs.0.into_iter().zip(call.task.outputs).zip(&call.outputs)
                {
                    *self.slot(node) = Some((definition.share)(output));
                }
            }
            Ok(Err(failure)) => self.fail(call, failure.0),
            Err(payload) => self.fail(call, crate::engine::execute::panics::message(&*payload).into()),
        }
    }

    fn slot(&self, node: usize) -> MutexGuard<'_, Option<Value>> {
        self.slots[node].lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn value(&self, node: usize) -> Value {
        self.slot(node).clone().unwrap_or_else(|| unreachable!("a job runs after its inputs are made"))
    }

    fn fail(&self, call: &Call, error: Box<dyn std::error::Error + Send + Sync>) {
        self.stop.store(true, Ordering::Relaxed);
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        failed.get_or_insert(TaskFailed { job: call.name.clone(), error });
    }
}
