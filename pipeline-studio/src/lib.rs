//! The Studio: a web page for viewing, running, comparing and editing a program's scenarios, and its HTTP API.
//!
//! ```no_run
//! # use skipstone::{scenario, task};
//! # #[task(skippable)] fn double(x: f64) -> f64 { 2.0 * x }
//! # scenario! { pub Doubling { input x: f64 = 1.0; doubled = double(x); } }
//! use skipstone::cli::Cli;
//! use skipstone_studio::WithStudio;
//!
//! fn main() -> std::process::ExitCode {
//!     Cli::<Doubling>::new().studio().main()
//! }
//! ```
//!
//! adds the `studio` command to the program.
//!
//! | module | contents |
//! | --- | --- |
//! | [`mod@command`] | the `studio` command |
//! | [`project`] | the project: a store, the compiled scenario type, the scenario files of a directory |
//! | [`live`] | events for the page: jobs of runs in this process, changes by other processes |
//! | [`job`] | a job as the page shows it |
//! | [`api`] | the HTTP endpoints, one module per resource, and their OpenAPI description |
//! | [`server`] | the server: its address, access control, headers; the page's files |
//!
//! `page/` contains the page's sources. `dist/` contains the built page, which is compiled into the program.

pub mod api;
pub mod command;
mod guard;
pub mod job;
pub mod live;
mod problem;
pub mod project;
pub mod server;

pub use command::WithStudio;
pub use project::{Studio, StudioError};
