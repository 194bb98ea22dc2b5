//! The Studio: a page on which a program's scenarios are seen, run, compared and edited, and the HTTP interface behind it.
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
//! gives the program the command `studio`.
//!
//! | module | is about |
//! | --- | --- |
//! | [`mod@command`] | the command line's `studio` |
//! | [`project`] | what the page is about: a store, the compiled scenario type, the scenario files of a directory |
//! | [`live`] | what happens at this moment: runs of this process, changes by others, for those who listen |
//! | [`job`] | what a job did or does, as it is shown |
//! | [`api`] | what can be asked, a module for each kind of thing; its description as OpenAPI |
//! | [`server`] | who may ask: addresses, tokens, headers; the page's files |
//!
//! `page/` has the sources of the page, `dist/` what is built of them and compiled into the program.

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
