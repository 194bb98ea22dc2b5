//! What the server answers, asked as a program asks it: over TCP, with what a friend sends and with what nobody should.

mod client;
mod description;
mod edits;
mod hostile;
mod many;
mod project;
mod story;
