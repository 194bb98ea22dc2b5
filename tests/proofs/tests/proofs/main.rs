//! Proofs that need whole programs. `PIPELINE_PROOFS=full` takes them at their full counts, as CI does.

mod bench;
mod building;
mod edits;
mod killed;
mod noise;
mod oracle;
mod seams;
mod short_of;
mod together;
