//! Whole submissions where something beneath them fails.

mod faults;
