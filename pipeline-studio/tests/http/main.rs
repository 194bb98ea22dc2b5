//! Tests of the server over TCP, as a program uses it: with valid requests and with hostile ones.

mod client;
mod description;
mod edits;
mod hostile;
mod many;
mod project;
mod story;
