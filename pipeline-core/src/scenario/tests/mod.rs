//! Whole submissions on a disk or a registry that fails.

mod faults;
