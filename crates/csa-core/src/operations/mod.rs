//! What the ABI can ask for: one request form in, items out.
//!
//! A request is `{"op": "assignment.set", "params": {…}}`. Items are objects with a `kind`; a failure on one target is an
//! item of kind `error` and never stops the others.

mod access;
mod allowed_value;
mod attribute;
mod attribute_set;
mod bulk;
mod complete;
mod declare;
mod edit;
mod find;
mod get;
mod remove;
mod set;
mod sign_in;
mod tenant;
mod write;

use std::collections::HashSet;
use std::fmt;
use std::future::Future;

use futures_util::{stream, StreamExt};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::Value as Json;

use crate::assignment::Assignment;
use crate::attribute::{AttributeName, AttributeSetName};
use crate::definition::{AttributeDefinition, AttributeSet};
use crate::error::{Error, ErrorCode, Result};
use crate::frame::JsonColumn;
use crate::graph::{AgentType, Client, Target, TargetInfo};
use crate::sign_in::{Mode, Prompt, Wanted};
use find::Collection;

pub use access::TestAccess;
pub use allowed_value::WriteAllowedValues;
pub use attribute::{CreateAttribute, GetAttributes, UpdateAttribute};
pub use attribute_set::{GetAttributeSets, WriteAttributeSet};
pub use bulk::{
    AddChanges, JournalInfo, ListRuns, NameRun, Progress, ResumeRun, StartRun, Summary, UndoRun,
};
pub use complete::Complete;
pub use edit::EditAssignment;
pub use find::Find;
pub use get::GetAssignments;
pub use remove::RemoveAssignments;
pub use set::SetAssignments;
pub use sign_in::{GetContext, ListTokenRequests, SignInNow, SupplyToken};

/// One operation with its parameters, checked as far as the parameters alone allow.
#[derive(Debug)]
#[non_exhaustive]
pub enum Operation {
    /// `assignment.set`: assigns values to targets.
    SetAssignments(SetAssignments),
    /// `assignment.get`: reads what targets hold.
    GetAssignments(GetAssignments),
    /// `assignment.remove`: takes assignments away from targets.
    RemoveAssignments(RemoveAssignments),
    /// `assignment.edit`: adds single values to a collection, or takes them out.
    EditAssignment(EditAssignment),
    /// `user.find` and `servicePrincipal.find`: list objects that a filter finds.
    Find(Find),
    /// `attributeSet.get`: lists attribute sets.
    GetAttributeSets(GetAttributeSets),
    /// `attributeSet.create` and `attributeSet.update`.
    WriteAttributeSet(WriteAttributeSet),
    /// `attribute.get`: lists definitions.
    GetAttributes(GetAttributes),
    /// `attribute.create`.
    CreateAttribute(CreateAttribute),
    /// `attribute.update`.
    UpdateAttribute(UpdateAttribute),
    /// `allowedValue.add` and `allowedValue.update`.
    WriteAllowedValues(WriteAllowedValues),
    /// `definition.complete`: names and values that begin with what is typed.
    Complete(Complete),
    /// `access.test`: what this sign-in may do.
    TestAccess(TestAccess),
    /// `bulk.start`: begins a run of many changes.
    StartRun(StartRun),
    /// `bulk.add`: adds changes to a run.
    AddChanges(AddChanges),
    /// `bulk.end`: says that all changes have been added.
    EndRun(NameRun),
    /// `bulk.stop`: stops a run.
    StopRun(NameRun),
    /// `bulk.resume`: goes on with a run of which there is a journal.
    ResumeRun(ResumeRun),
    /// `bulk.undo`: puts back what was there before a run.
    UndoRun(UndoRun),
    /// `bulk.list`: the runs of which there are journals.
    ListRuns(ListRuns),
    /// `context.signIn`: gets the first token.
    SignIn(SignInNow),
    /// `context.get`: what the connection is.
    GetContext(GetContext),
    /// `token.requests`: the tokens that are wanted from the caller.
    ListTokenRequests(ListTokenRequests),
    /// `token.supply`: one of them.
    SupplyToken(SupplyToken),
}

/// One thing that comes out of an operation.
#[derive(Debug, Serialize)]
#[serde(
    tag = "kind",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
#[non_exhaustive]
pub enum Item {
    /// What a target holds.
    Assignments {
        /// The change of a run that it was read back for.
        #[serde(skip_serializing_if = "Option::is_none")]
        change: Option<u64>,
        /// The target.
        target: TargetInfo,
        /// One entry an attribute.
        assignments: Vec<Assignment>,
        /// The same as the table that `customSecurityAttributes` takes, ready to be assigned again.
        custom_security_attributes: Json,
    },
    /// What became of a write to one target.
    Result {
        /// The change of a run.
        #[serde(skip_serializing_if = "Option::is_none")]
        change: Option<u64>,
        /// The target.
        target: TargetInfo,
        /// What was done.
        status: Status,
        /// The full names of the attributes that were written.
        attributes: Vec<String>,
        /// The values of the same, as JSON, for a connection that logs them.
        #[serde(skip_serializing_if = "Option::is_none")]
        values: Option<Vec<Json>>,
    },
    /// One user that a filter found.
    User {
        /// Who it is.
        target: TargetInfo,
        /// What the user holds.
        assignments: Vec<Assignment>,
        /// The further properties asked for, as Graph gave them.
        properties: serde_json::Map<String, Json>,
    },
    /// One service principal that a filter found.
    ServicePrincipal {
        /// Which it is.
        target: TargetInfo,
        /// What it holds.
        assignments: Vec<Assignment>,
        /// The further properties asked for, as Graph gave them.
        properties: serde_json::Map<String, Json>,
    },
    /// One attribute set.
    AttributeSet(AttributeSet),
    /// One definition.
    Attribute(AttributeDefinition),
    /// One allowed value that was written.
    AllowedValue {
        /// The attribute set.
        attribute_set: AttributeSetName,
        /// The attribute within the set.
        attribute: AttributeName,
        /// The value.
        value: String,
        /// Whether it may be assigned anew.
        is_active: bool,
    },
    /// What would be sent, in place of sending it.
    Plan {
        /// What would change.
        subject: String,
        /// How.
        change: String,
        /// The allowed value that is meant, if it is one of several.
        value: Option<String>,
    },
    /// What can stand where something is typed.
    Completions {
        /// In the order of the tenant.
        completions: Vec<Completion>,
    },
    /// Whether this sign-in has one right.
    Access {
        /// What the right is for.
        capability: &'static str,
        /// Whether it has it; `None`: can't be told.
        allowed: Option<bool>,
        /// The permission that is missing, or the role; `None` if nothing is, or nobody can tell.
        missing: Option<String>,
        /// The least permission that gives the right.
        permission: &'static str,
        /// The least directory role that a person needs too.
        role: Option<&'static str>,
    },
    /// Something to tell, no result.
    Log {
        /// The change of a run that it is about.
        #[serde(skip_serializing_if = "Option::is_none")]
        change: Option<u64>,
        /// How loud.
        level: Level,
        /// The sentence.
        message: String,
    },
    /// A run has begun.
    Run {
        /// Its id, for `bulk.add`, `bulk.end` and `bulk.stop`.
        run: String,
    },
    /// Changes were taken into a run.
    Added {
        /// How many, since it began.
        changes: u64,
    },
    /// How far a run is.
    Progress(Progress),
    /// What a run did.
    Summary(Summary),
    /// A run of which there is a journal.
    Journal(JournalInfo),
    /// What a person has to do to sign in.
    DeviceCode(Prompt),
    /// What a connection is. It never holds a secret.
    Context {
        /// How the sign-in is done.
        mode: Mode,
        /// The tenant: by the token, else as it was given.
        tenant_id: Option<String>,
        /// The application: by the token, else as it was given.
        client_id: Option<String>,
        /// The person, if it is one.
        account: Option<String>,
        /// The cloud; none for another root.
        cloud: Option<&'static str>,
        /// The Graph root.
        graph_uri: String,
        /// The permissions in the token.
        permissions: Vec<String>,
        /// When the token ends (RFC 3339, UTC), as far as that is known.
        expires_on: Option<String>,
    },
    /// A token that is wanted.
    TokenRequest(Wanted),
    /// A message of an Arrow stream, in place of JSON.
    #[serde(skip)]
    Arrow(Vec<u8>),
    /// Columns of a table, for so many rows.
    Columns {
        /// In the order of the table.
        columns: Vec<JsonColumn>,
    },
    /// A failure on one target; the others go on.
    Error {
        /// The change of a run.
        #[serde(skip_serializing_if = "Option::is_none")]
        change: Option<u64>,
        /// What went wrong.
        error: Error,
    },
}

/// One thing that can stand where something is typed.
#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Completion {
    /// What to type.
    pub text: String,
    /// What it is, in a line.
    pub description: String,
}

/// What a write did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Status {
    /// A write was sent and accepted.
    Changed,
    /// Nothing had to be written.
    Unchanged,
}

/// How loud a log item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Level {
    /// For those who ask for details.
    Verbose,
    /// For everyone.
    Warning,
}

/// Where items go. A sink that is gone means nobody waits any more: the operation ends.
pub trait Sink: Send + Sync {
    /// Hands over one item, waiting while the receiver is busy. `false`: nobody takes items any more.
    fn send(&self, item: Item) -> impl Future<Output = bool> + Send;
}

impl Operation {
    /// Reads a request.
    ///
    /// # Errors
    ///
    /// [`ErrorCode::InvalidRequest`]: not JSON, no such operation, a parameter that is missing, unknown or of the wrong type.
    /// Errors of names, values and filters when they concern every target alike, such as a filter.
    pub fn parse(request: &[u8]) -> Result<Self> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Envelope<'a> {
            op: String,
            #[serde(borrow)]
            params: Option<&'a RawValue>,
        }
        let envelope: Envelope<'_> =
            serde_json::from_slice(request).map_err(|error| malformed("request", &error))?;
        let Envelope { op, params } = envelope;
        let params = params.map_or("{}", RawValue::get);
        match op.as_str() {
            "assignment.set" => params_of(&op, params).map(Self::SetAssignments),
            "assignment.get" => params_of(&op, params).map(Self::GetAssignments),
            "assignment.remove" => params_of(&op, params).map(Self::RemoveAssignments),
            "user.find" => {
                Find::checked(params_of(&op, params)?, Collection::Users).map(Self::Find)
            }
            "servicePrincipal.find" => {
                Find::checked(params_of(&op, params)?, Collection::ServicePrincipals)
                    .map(Self::Find)
            }
            "assignment.edit" => params_of(&op, params).map(Self::EditAssignment),
            "attributeSet.get" => params_of(&op, params).map(Self::GetAttributeSets),
            "attributeSet.create" => params_of(&op, params)
                .map(WriteAttributeSet::creating)
                .map(Self::WriteAttributeSet),
            "attributeSet.update" => params_of(&op, params).map(Self::WriteAttributeSet),
            "attribute.get" => params_of(&op, params).map(Self::GetAttributes),
            "attribute.create" => params_of(&op, params).map(Self::CreateAttribute),
            "attribute.update" => params_of(&op, params).map(Self::UpdateAttribute),
            "allowedValue.add" => params_of(&op, params)
                .map(WriteAllowedValues::adding)
                .map(Self::WriteAllowedValues),
            "allowedValue.update" => params_of(&op, params).map(Self::WriteAllowedValues),
            "definition.complete" => params_of(&op, params).map(Self::Complete),
            "access.test" => params_of(&op, params).map(Self::TestAccess),
            "bulk.start" => StartRun::checked(params_of(&op, params)?).map(Self::StartRun),
            "bulk.add" => params_of(&op, params).map(Self::AddChanges),
            "bulk.end" => params_of(&op, params).map(Self::EndRun),
            "bulk.stop" => params_of(&op, params).map(Self::StopRun),
            "bulk.resume" => params_of(&op, params).map(Self::ResumeRun),
            "bulk.undo" => params_of(&op, params).map(Self::UndoRun),
            "bulk.list" => params_of(&op, params).map(Self::ListRuns),
            "context.signIn" => params_of(&op, params).map(Self::SignIn),
            "context.get" => params_of(&op, params).map(Self::GetContext),
            "token.requests" => params_of(&op, params).map(Self::ListTokenRequests),
            // Not by way of a table of values, which would keep the token.
            "token.supply" => serde_json::from_str(params)
                .map(Self::SupplyToken)
                .map_err(|error| malformed(&op, &Place(error))),
            _ => Err(Error::new(
                ErrorCode::InvalidRequest,
                format!("there is no operation \"{op}\""),
            )
            .hint("see ARCHITECTURE.md for the operations")),
        }
    }

    /// Runs the operation; items go to `sink` as they come.
    ///
    /// # Errors
    ///
    /// What ends the whole operation. Failures on one target are items.
    pub async fn run(self, client: &Client, sink: &impl Sink) -> Result<()> {
        match self {
            Self::SetAssignments(operation) => operation.run(client, sink).await,
            Self::GetAssignments(operation) => operation.run(client, sink).await,
            Self::RemoveAssignments(operation) => operation.run(client, sink).await,
            Self::EditAssignment(operation) => operation.run(client, sink).await,
            Self::Find(operation) => operation.run(client, sink).await,
            Self::GetAttributeSets(operation) => operation.run(client, sink).await,
            Self::WriteAttributeSet(operation) => operation.run(client, sink).await,
            Self::GetAttributes(operation) => operation.run(client, sink).await,
            Self::CreateAttribute(operation) => operation.run(client, sink).await,
            Self::UpdateAttribute(operation) => operation.run(client, sink).await,
            Self::WriteAllowedValues(operation) => operation.run(client, sink).await,
            Self::Complete(operation) => operation.run(client, sink).await,
            Self::TestAccess(operation) => operation.run(client, sink).await,
            Self::StartRun(operation) => operation.run(client, sink).await,
            Self::AddChanges(operation) => operation.run(sink).await,
            Self::EndRun(run) => run.end().await,
            Self::StopRun(run) => run.stop(),
            Self::ResumeRun(operation) => operation.run(client, sink).await,
            Self::UndoRun(operation) => operation.run(client, sink).await,
            Self::ListRuns(operation) => operation.run(sink).await,
            Self::SignIn(operation) => operation.run(client, sink).await,
            Self::GetContext(operation) => operation.run(client, sink).await,
            Self::ListTokenRequests(operation) => operation.run(client, sink).await,
            Self::SupplyToken(operation) => operation.run(client),
        }
    }
}

fn params_of<T: DeserializeOwned>(op: &str, params: &str) -> Result<T> {
    let params = serde_json::from_str(params);
    params
        .and_then(serde_json::from_value)
        .map_err(|error| malformed(op, &error))
}

/// Where JSON is wrong, without quoting it: it may hold a token.
struct Place(serde_json::Error);

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "malformed at line {} column {}",
            self.0.line(),
            self.0.column()
        )
    }
}

fn malformed(what: &str, error: &dyn fmt::Display) -> Error {
    Error::new(ErrorCode::InvalidRequest, format!("{what}: {error}"))
        .hint("see ARCHITECTURE.md for the operations and their parameters")
}

/// A target as a request names it: `{"user": …}`, `{"servicePrincipal": …}`, `{"appId": …}`, `{"agentIdentity": …}` or
/// `{"agentIdentityBlueprintPrincipal": …}`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
enum TargetParam {
    User(String),
    ServicePrincipal(String),
    AppId(String),
    AgentIdentity(String),
    AgentIdentityBlueprintPrincipal(String),
}

impl TargetParam {
    fn target(&self) -> Result<Target> {
        match self {
            Self::User(text) => Target::user(text.trim()),
            Self::ServicePrincipal(text) => Target::service_principal(text.trim()),
            Self::AppId(text) => Target::app(text.trim()),
            Self::AgentIdentity(text) => Target::agent(AgentType::Identity, text.trim()),
            Self::AgentIdentityBlueprintPrincipal(text) => {
                Target::agent(AgentType::BlueprintPrincipal, text.trim())
            }
        }
    }

    /// The same for the same object named in the same way: by UPN or by id, in any case.
    fn key(&self) -> String {
        self.text().trim().to_lowercase()
    }

    fn text(&self) -> &str {
        match self {
            Self::User(text)
            | Self::ServicePrincipal(text)
            | Self::AppId(text)
            | Self::AgentIdentity(text)
            | Self::AgentIdentityBlueprintPrincipal(text) => text,
        }
    }
}

// So many targets at once keep the batches of both lanes full.
const AT_ONCE: usize = 400;

impl Item {
    /// The bytes that cross the ABI: JSON, or a message of an Arrow stream, which begins with `FF FF FF FF` as no JSON does.
    ///
    /// # Errors
    ///
    /// [`ErrorCode::Internal`] if it can't be written.
    pub fn into_bytes(self) -> Result<Vec<u8>> {
        if let Self::Arrow(message) = self {
            return Ok(message);
        }
        serde_json::to_vec(&self).map_err(|error| {
            Error::new(
                ErrorCode::Internal,
                format!("an item can't be written: {error}"),
            )
            .hint("please report this")
        })
    }

    /// The same, about one change of a run.
    fn of_change(mut self, number: u64) -> Self {
        if let Self::Assignments { change, .. }
        | Self::Result { change, .. }
        | Self::Log { change, .. }
        | Self::Error { change, .. } = &mut self
        {
            *change = Some(number);
        }
        self
    }
}

/// Does `work` for the targets, many at once, and gives the items in the order of the targets. An error of one becomes an item
/// that names it; the others go on. A target that is named again waits for what comes before it.
async fn for_each_target<S: Sink, F>(
    targets: &[TargetParam],
    sink: &S,
    work: impl Fn(Target) -> F,
) -> Result<()>
where
    F: Future<Output = Result<Vec<Item>>>,
{
    let mut rest = targets;
    while !rest.is_empty() {
        let mut seen = HashSet::new();
        let each_once = rest.iter().take_while(|param| seen.insert(param.key()));
        let (now, later) = rest.split_at(each_once.count());
        rest = later;
        let outcome = |param: &TargetParam| {
            let (work, text) = (param.target().map(&work), param.text().to_owned());
            async move {
                let outcome = match work {
                    Ok(work) => work.await,
                    Err(error) => Err(error),
                };
                outcome.unwrap_or_else(|error| {
                    vec![Item::Error {
                        change: None,
                        error: error.target(text),
                    }]
                })
            }
        };
        if !in_order(now.iter().map(outcome).collect(), sink).await {
            return Ok(());
        }
    }
    Ok(())
}

/// Does many works at once and gives their items in the order of the works. `false`: nobody takes items any more.
async fn in_order<S: Sink>(works: Vec<impl Future<Output = Vec<Item>>>, sink: &S) -> bool {
    let mut outcomes = stream::iter(works).buffered(AT_ONCE);
    while let Some(items) = outcomes.next().await {
        for item in items {
            if !sink.send(item).await {
                return false;
            }
        }
    }
    true
}

/// An attribute as a request names it: its full name, or its name and its set apart.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct AttributeParam {
    attribute_set: Option<String>,
    attribute: String,
}

/// What a target holds, with who it is.
struct Holdings {
    info: TargetInfo,
    // None: the service sent null.
    assignments: Option<crate::assignment::Assignments>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn malformed_requests_are_refused() {
        let report: Vec<String> = [
            "",
            "[]",
            "{}",
            r#"{"op":"user.delete"}"#,
            r#"{"op":"assignment.get"}"#,
            r#"{"op":"assignment.get","params":{"targets":[{"user":"a@b"}],"colour":1}}"#,
            r#"{"op":"assignment.get","params":{"targets":[{"group":"a"}]}}"#,
            r#"{"op":"user.find","params":{"properties":["id; drop"]}}"#,
            r#"{"op":"user.find","params":{"filter":{"attribute":"A.B","ge":1}}}"#,
        ]
        .iter()
        .map(|request| {
            Operation::parse(request.as_bytes())
                .unwrap_err()
                .to_string()
        })
        .collect();
        insta::assert_snapshot!(report.join("\n"));
    }
}
