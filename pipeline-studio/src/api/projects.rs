//! What program, project and scenario types there are.

use super::request::{Json, State, work};
use crate::problem::Problem;
use crate::project::{PROGRAM, Studio};
use axum::extract;
use serde::Serialize;
use skipstone::{
    data::Shape,
    graph::{Draft, SourceText, input_types},
};
use utoipa::ToSchema;

/// What the page is about.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProjectInfo {
    /// What people type to start the program.
    program: String,
    /// The directory of the project.
    directory: String,
    /// The directory of the store.
    store: String,
    /// Who writes.
    author: String,
    /// The scenario that commands work on when none is named.
    default_scenario: String,
    /// The scenario types: that of the program, then those of scenario files.
    types: Vec<TypeInfo>,
}

/// A scenario type.
#[derive(Debug, Serialize, ToSchema)]
pub struct TypeInfo {
    /// `program`, or the path of a scenario file.
    id: String,
    /// The type's name.
    name: String,
    /// What it is for.
    docs: String,
    /// The path of the scenario file.
    file: Option<String>,
    /// Why it can't be used.
    problem: Option<String>,
}

/// Another link.
#[derive(Debug, Serialize, ToSchema)]
pub struct Link {
    /// The address, which opens the page in one browser.
    url: String,
}

/// A task of the program.
#[derive(Debug, Serialize, ToSchema)]
pub struct TaskInfo {
    /// The function's path.
    path: String,
    /// The function's name.
    name: String,
    /// The module that it is in.
    module: String,
    /// The file that it is in, as the compiler was given it.
    file: String,
    /// The line that it begins at.
    line: u32,
    /// What is said about it.
    docs: String,
    /// Parameters and result as they are written.
    signature: String,
    /// Whether it need not be called when its result is known.
    skippable: bool,
    /// What it takes.
    parameters: Vec<TaskParameter>,
    /// What it makes.
    outputs: Vec<TaskOutput>,
}

/// A parameter of a task.
#[derive(Debug, Serialize, ToSchema)]
pub struct TaskParameter {
    name: String,
    #[serde(rename = "type")]
    ty: String,
}

/// An output of a task.
#[derive(Debug, Serialize, ToSchema)]
pub struct TaskOutput {
    #[serde(rename = "type")]
    ty: String,
}

/// A type that an input may have.
#[derive(Debug, Serialize, ToSchema)]
pub struct InputType {
    /// The type.
    #[serde(rename = "type")]
    ty: String,
    /// What its values look like.
    shape: Shape,
}

/// What the page is about: program, project and scenario types.
#[utoipa::path(get, path = "/api/project", tag = "project", responses((status = OK, body = ProjectInfo)))]
pub async fn project(extract::State(state): extract::State<State>) -> Result<Json<ProjectInfo>, Problem> {
    work(&state.studio, |studio| Ok(Json(about(studio)))).await
}

fn about(studio: &Studio) -> ProjectInfo {
    let mut types = Vec::new();
    if let Ok(graph) = studio.graph(None) {
        let (name, docs) = (graph.name().to_owned(), graph.docs().to_owned());
        types.push(TypeInfo { id: PROGRAM.into(), name, docs, file: None, problem: None });
    }
    for path in studio.scenario_files() {
        let (name, docs, problem) = match studio.read(&path) {
            Ok(text) => {
                let draft = Draft::read(&SourceText::new(&*path, text));
                let errors = draft.problems.iter().filter(|problem| !problem.warning).count();
                let problem = match draft.graph {
                    Some(_) => None,
                    None => Some(format!("{path} has {errors} errors: open it in Edit")),
                };
                (draft.outline.name, draft.outline.docs, problem)
            }
            Err(problem) => (String::new(), String::new(), Some(problem.text())),
        };
        let name = if name.is_empty() { path.clone() } else { name };
        types.push(TypeInfo { id: path.clone(), name, docs, file: Some(path), problem });
    }
    ProjectInfo {
        program: studio.program.clone(),
        directory: studio.directory.display().to_string(),
        store: std::path::absolute(studio.store.path())
            .unwrap_or_else(|_| studio.store.path().into())
            .display()
            .to_string(),
        author: studio.store.author().into(),
        default_scenario: studio.settings.scenario.value.clone(),
        types,
    }
}

/// Makes a link that opens the page in another browser, once.
#[utoipa::path(post, path = "/api/links", tag = "project", responses((status = CREATED, body = Link)))]
pub async fn link(extract::State(state): extract::State<State>) -> (axum::http::StatusCode, Json<Link>) {
    (axum::http::StatusCode::CREATED, Json(Link { url: state.guard.link() }))
}

/// The tasks of the program, sorted by file and line.
#[utoipa::path(get, path = "/api/tasks", tag = "project", responses((status = OK, body = Vec<TaskInfo>)))]
pub async fn tasks() -> Json<Vec<TaskInfo>> {
    let mut tasks: Vec<TaskInfo> = skipstone::graph::tasks().into_iter().map(TaskInfo::of).collect();
    tasks.sort_by(|one, other| (&one.file, one.line, &one.path).cmp(&(&other.file, other.line, &other.path)));
    Json(tasks)
}

impl TaskInfo {
    fn of(task: &'static skipstone::graph::TaskDef) -> TaskInfo {
        let (file, line) = task.place();
        let parameters = task.signature.parameters;
        let written: Vec<String> =
            parameters.iter().map(|parameter| format!("{}: {}", parameter.name, parameter.ty)).collect();
        let ports = task.ports();
        TaskInfo {
            path: task.path(),
            name: task.name().into(),
            module: task.module().into(),
            file: file.into(),
            line,
            docs: task.docs().into(),
            signature: format!("fn {}({}) -> {}", task.name(), written.join(", "), task.signature.returns),
            skippable: task.is_skippable(),
            parameters: ports.0.into_iter().map(|(name, ty)| TaskParameter { name, ty }).collect(),
            outputs: ports.1.into_iter().map(|ty| TaskOutput { ty }).collect(),
        }
    }
}

/// The types that an input of a scenario file may have.
#[utoipa::path(get, path = "/api/input-types", tag = "project", responses((status = OK, body = Vec<InputType>)))]
pub async fn types() -> Json<Vec<InputType>> {
    Json(input_types().into_iter().map(|(ty, shape)| InputType { ty, shape }).collect())
}
