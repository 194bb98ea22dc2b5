//! The program, the project, its scenario types and tasks.

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

/// The project that the page shows.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProjectInfo {
    /// The command that starts the program.
    program: String,
    /// The directory of the project.
    directory: String,
    /// The directory of the store.
    store: String,
    /// The author recorded with edits and runs.
    author: String,
    /// The scenario that commands use by default.
    default_scenario: String,
    /// The scenario types: the program's own, then those of scenario files.
    types: Vec<TypeInfo>,
}

/// A scenario type.
#[derive(Debug, Serialize, ToSchema)]
pub struct TypeInfo {
    /// `program`, or the path of a scenario file.
    id: String,
    /// The type's name.
    name: String,
    /// Its description.
    docs: String,
    /// The path of its scenario file; `null` for the program's own type.
    file: Option<String>,
    /// The reason why it can't be used, if any.
    problem: Option<String>,
}

/// A link to the page.
#[derive(Debug, Serialize, ToSchema)]
pub struct Link {
    /// The URL. It opens the page in one browser, once.
    url: String,
}

/// A task of the program.
#[derive(Debug, Serialize, ToSchema)]
pub struct TaskInfo {
    /// The function's path.
    path: String,
    /// The function's name.
    name: String,
    /// The module of the function.
    module: String,
    /// The source file, as passed to the compiler.
    file: String,
    /// The line where the function starts.
    line: u32,
    /// The function's documentation.
    docs: String,
    /// The signature, as written in the source.
    signature: String,
    /// Whether a known result is reused instead of calling the function.
    skippable: bool,
    /// Its parameters.
    parameters: Vec<TaskParameter>,
    /// Its outputs.
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
    /// The shape of its values.
    shape: Shape,
}

/// Returns the program, the project and its scenario types.
#[utoipa::path(get, path = "/api/project", tag = "project", responses((status = OK, body = ProjectInfo)))]
pub async fn project(extract::State(state): extract::State<State>) -> Result<Json<ProjectInfo>, Problem> {
    work(&state.studio, |studio| Ok(Json(project_info(studio)))).await
}

fn project_info(studio: &Studio) -> ProjectInfo {
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

/// Creates a link that opens the page in another browser, once.
#[utoipa::path(post, path = "/api/links", tag = "project", responses((status = CREATED, body = Link)))]
pub async fn link(extract::State(state): extract::State<State>) -> (axum::http::StatusCode, Json<Link>) {
    (axum::http::StatusCode::CREATED, Json(Link { url: state.guard.link() }))
}

/// Lists the tasks of the program, sorted by file and line.
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

/// Lists the types that an input of a scenario file may have.
#[utoipa::path(get, path = "/api/input-types", tag = "project", responses((status = OK, body = Vec<InputType>)))]
pub async fn types() -> Json<Vec<InputType>> {
    Json(input_types().into_iter().map(|(ty, shape)| InputType { ty, shape }).collect())
}
