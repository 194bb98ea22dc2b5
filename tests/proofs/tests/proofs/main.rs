//! End-to-end tests with whole programs. `PIPELINE_PROOFS=full` runs them with their full counts, as CI does.

mod bench;
mod building;
mod documents;
mod edits;
mod killed;
mod limits;
mod noise;
mod oracle;
mod seams;
mod together;
