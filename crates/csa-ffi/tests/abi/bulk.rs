//! Many changes in one run, over a service at its best and at its worst.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::Path;

use serde_json::{json, Value as Json};

use crate::support::{http, next, open, run, start, Sandbox};

const PEOPLE: usize = 500;
const CHANGES: usize = 2000;

/// A sandbox with people enough, and a client that is not paced: the tests are about faults, not about patience.
fn crowd() -> Sandbox {
    paced(json!({"writes": 1e8, "units": 1e8}))
}

fn paced(quota: Json) -> Sandbox {
    let sandbox = Sandbox::with(&json!({"sandbox": true, "sandboxUsers": PEOPLE, "quota": quota}));
    sandbox.run(
        "definition.complete",
        &json!({"of": "attribute", "typed": ""}),
    );
    sandbox
}

fn person(number: usize) -> String {
    format!("user{number:07}@contoso.com")
}

fn set(user: &str, values: &[(&str, Json)]) -> Json {
    let values: Vec<_> = values
        .iter()
        .map(|(attribute, value)| json!({"attribute": format!("Engineering.{attribute}"), "value": value}))
        .collect();
    json!({"op": "assignment.set", "params": {"targets": [{"user": user}], "values": values}})
}

// Four changes a person, of which the second overwrites part of the first.
fn job() -> Vec<Json> {
    let mut changes = Vec::with_capacity(CHANGES);
    for round in 0..CHANGES / PEOPLE {
        for number in 1..=PEOPLE {
            let user = person(number);
            changes.push(match round {
                0 => set(
                    &user,
                    &[
                        ("NumVendors", json!(1)),
                        ("ProjectDate", json!("2020-01-01")),
                    ],
                ),
                1 => set(&user, &[("NumVendors", json!(number))]),
                2 => set(&user, &[("CostCenter", json!([1001, number]))]),
                _ => set(&user, &[("Certification", json!(number.is_multiple_of(2)))]),
            });
        }
    }
    changes
}

fn wanted(number: usize) -> Json {
    json!({"NumVendors": number, "ProjectDate": "2020-01-01", "CostCenter": [1001, number], "Certification": number.is_multiple_of(2)})
}

/// What people hold of `Engineering`, without annotations.
fn held(sandbox: &Sandbox) -> HashMap<String, Json> {
    let mut held = HashMap::new();
    for item in sandbox.run(
        "user.find",
        &json!({"filter": "startswith(displayName,'User ')"}),
    ) {
        assert_eq!(item["kind"], "user", "{item}");
        let of_set: serde_json::Map<_, _> = item["assignments"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| {
                (
                    one["attribute"].as_str().unwrap().to_owned(),
                    one["value"].clone(),
                )
            })
            .collect();
        let user = item["target"]["userPrincipalName"].as_str().unwrap();
        held.insert(user.to_owned(), json!(of_set));
    }
    held
}

fn summary(items: &[Json]) -> &Json {
    let last = items.last().unwrap();
    assert_eq!(last["kind"], "summary", "{last}");
    last
}

fn errors(items: &[Json]) -> Vec<&Json> {
    items
        .iter()
        .filter(|item| item["kind"] == "error" || item.get("code").is_some())
        .collect()
}

fn hostility(sandbox: &Sandbox, rules: Json) {
    http(
        "PUT",
        &format!("{}/emulator/hostility", sandbox.url),
        Some(rules),
    );
}

/// The writes that took effect or may have, by person, in the order of the service's log.
fn writes(log: &[Json]) -> BTreeMap<String, Vec<(u64, Json)>> {
    let mut writes: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for entry in log.iter().filter(|entry| entry["method"] == "PATCH") {
        let user = entry["path"]
            .as_str()
            .unwrap()
            .strip_prefix("/users/")
            .unwrap();
        let body = entry["body"]["customSecurityAttributes"]["Engineering"].clone();
        writes
            .entry(user.to_owned())
            .or_default()
            .push((entry["status"].as_u64().unwrap(), body));
    }
    writes
}

fn survives(name: &str, rules: Json) {
    survives_on(&crowd(), name, rules);
}

fn survives_on(sandbox: &Sandbox, name: &str, rules: Json) {
    sandbox.sent_all();
    let loses_answers = ["cutAfter", "half"]
        .iter()
        .any(|fault| rules.get(fault).is_some());
    hostility(sandbox, rules);
    let items = sandbox.run("bulk.start", &json!({"changes": job(), "complete": true}));
    hostility(sandbox, Json::Null);
    assert_eq!(errors(&items), Vec::<&Json>::new(), "{name}");
    let summary = summary(&items);
    assert_eq!(
        (&summary["changed"], &summary["failed"]),
        (&json!(CHANGES), &json!(0)),
        "{name}"
    );
    let log = sandbox.sent_all();
    let held = held(sandbox);
    for number in 1..=PEOPLE {
        assert_eq!(held[&person(number)], wanted(number), "{name}");
    }
    let writes = writes(&log);
    assert_eq!(writes.len(), PEOPLE, "{name}: somebody else was written to");
    for (user, writes) in &writes {
        // Once all four changes of a person are in one write that succeeded and was answered, nothing more is sent; a write whose
        // answer was lost is the one thing that is sent again, as it was.
        let done: Vec<_> = writes.iter().filter(|(status, _)| *status == 204).collect();
        assert!(
            done.windows(2).all(|pair| pair[0].1 == pair[1].1),
            "{name}: {user}: {writes:?}"
        );
    }
    if !loses_answers {
        // Every write that was made was also confirmed: none of them is there twice.
        let made =
            |writes: &Vec<(u64, Json)>| writes.iter().filter(|(status, _)| *status == 204).count();
        assert!(writes.values().all(|writes| made(writes) == 1), "{name}");
    }
}

#[test]
fn a_job_survives_a_friendly_service() {
    survives("friendly", json!({"seed": 1}));
}

#[test]
fn a_job_survives_refusals_that_say_when_to_come_back() {
    survives(
        "retry-after",
        json!({"seed": 2, "throttle": 0.2, "retryAfter": 1.0, "retryAfterSeconds": 0.05}),
    );
}

#[test]
fn a_job_survives_refusals_that_do_not() {
    survives("throttle", json!({"seed": 3, "throttle": 0.2}));
}

#[test]
fn a_job_survives_outages() {
    survives("outages", json!({"seed": 4, "unavailable": 0.2}));
}

#[test]
fn a_job_survives_connections_cut_before_and_after_the_write() {
    survives("cut", json!({"seed": 5, "cutBefore": 0.1, "cutAfter": 0.1}));
}

#[test]
fn a_job_survives_half_answers() {
    survives("half", json!({"seed": 6, "half": 0.2}));
}

#[test]
fn a_job_survives_slow_answers() {
    survives("slow", json!({"seed": 7, "slow": 0.3, "slowMs": 300}));
}

#[test]
fn a_job_survives_tokens_that_end() {
    survives("tokens", json!({"seed": 8, "tokenRequests": 8}));
}

fn small_quota() -> Json {
    json!({"writes": 60, "writeSeconds": 0.6, "units": 600, "unitSeconds": 1.0})
}

fn throttled(sandbox: &Sandbox) -> u64 {
    let used = http("GET", &format!("{}/emulator/use", sandbox.url), None);
    used["throttled"].as_u64().unwrap()
}

#[test]
fn a_job_that_knows_the_quota_is_never_refused() {
    let sandbox = paced(small_quota());
    survives_on(
        &sandbox,
        "quota",
        json!({"seed": 9, "quota": small_quota()}),
    );
    assert_eq!(throttled(&sandbox), 0);
}

#[test]
fn a_job_survives_a_quota_smaller_than_it_believes() {
    let sandbox =
        paced(json!({"writes": 1000, "writeSeconds": 0.6, "units": 10000, "unitSeconds": 1.0}));
    survives_on(
        &sandbox,
        "quota",
        json!({"seed": 9, "quota": small_quota()}),
    );
    assert!(0 < throttled(&sandbox));
}

#[test]
fn a_job_survives_all_of_it_at_once() {
    survives(
        "all",
        json!({"seed": 10, "throttle": 0.1, "retryAfter": 0.5, "retryAfterSeconds": 0.05, "unavailable": 0.05, "cutBefore": 0.05,
        "cutAfter": 0.05, "half": 0.05, "slow": 0.1, "slowMs": 200, "tokenRequests": 20,
        "quota": {"writes": 200, "writeSeconds": 0.5, "units": 2000, "unitSeconds": 1.0}}),
    );
}

#[test]
fn a_failure_stops_nobody_else() {
    let sandbox = crowd();
    let changes = json!([
        set(&person(1), &[("NumVendors", json!(1))]),
        set("nobody@contoso.com", &[("NumVendors", json!(1))]),
        set(&person(2), &[("NumVendors", json!("many"))]),
        set("not an id", &[("NumVendors", json!(1))]),
        {"op": "user.find", "params": {}},
        "nothing",
        set(&person(3), &[("NumVendors", json!(3))]),
    ]);
    let items = sandbox.run("bulk.start", &json!({"changes": changes, "complete": true}));
    let told: BTreeMap<_, _> = errors(&items)
        .iter()
        .map(|item| {
            (
                item["change"].as_u64().unwrap(),
                item["error"]["code"].as_str().unwrap().to_owned(),
            )
        })
        .collect();
    let expected = [
        (1, "notFound"),
        (2, "invalidValue"),
        (3, "invalidTarget"),
        (4, "invalidRequest"),
        (5, "invalidRequest"),
    ];
    assert_eq!(told, expected.map(|(n, code)| (n, code.to_owned())).into());
    assert_eq!(summary(&items)["changed"], 2);
}

#[test]
fn changes_of_one_target_keep_their_order_and_one_that_is_refused_does_not_take_the_others_along() {
    let sandbox = crowd();
    sandbox.sent_all();
    let user = person(1);
    let unchecked = |attribute: &str, value: Json| {
        let mut change = set(&user, &[(attribute, value)]);
        change["params"]["skipDefinitionCheck"] = json!(true);
        change
    };
    let changes = json!([
        unchecked("NumVendors", json!(1)),
        unchecked("NumVendors", json!("refused")),
        unchecked("Project", json!(["Baker"])),
        {"op": "assignment.edit", "params": {"targets": [{"user": user}], "attribute": "Engineering.Project", "add": "Alpine"}},
        {"op": "assignment.remove", "params": {"targets": [{"user": user.to_uppercase()}], "attributes": [{"attribute": "Engineering.NumVendors"}]}},
        unchecked("ProjectDate", json!("2024-11-15")),
    ]);
    let items = sandbox.run(
        "bulk.start",
        &json!({"changes": changes, "complete": true, "results": true}),
    );
    let failed: Vec<_> = errors(&items)
        .iter()
        .map(|item| item["change"].clone())
        .collect();
    assert_eq!(failed, [json!(1)]);
    let of_user = held(&sandbox).remove(&user).unwrap();
    assert_eq!(
        of_user,
        json!({"Project": ["Baker", "Alpine"], "ProjectDate": "2024-11-15"})
    );
    let done: Vec<_> = items
        .iter()
        .filter(|item| item["kind"] == "result")
        .map(|item| item["change"].clone())
        .collect();
    assert_eq!(done, [json!(0), json!(2), json!(3), json!(4), json!(5)]);
}

#[test]
fn what_is_there_already_is_not_written() {
    let sandbox = crowd();
    sandbox.run("bulk.start", &json!({"changes": job(), "complete": true}));
    sandbox.sent_all();
    let mut again = job();
    again[7] = set(
        &person(8),
        &[
            ("NumVendors", json!(8)),
            ("ProjectDate", json!("2021-01-01")),
        ],
    );
    // The last change of a person decides: what an earlier one says otherwise was never the wish.
    let items = sandbox.run(
        "bulk.start",
        &json!({"changes": again, "complete": true, "skipUnchanged": true, "results": true}),
    );
    let summary = summary(&items);
    assert_eq!(
        (&summary["changed"], &summary["unchanged"]),
        (&json!(1), &json!(CHANGES - 1))
    );
    let log = sandbox.sent_all();
    let writes = writes(&log);
    assert_eq!(writes.keys().collect::<Vec<_>>(), [&person(8)]);
    // Everybody is read in a page, the one who differs once more by id.
    assert!(summary["requests"].as_u64().unwrap() <= 4, "{summary}");
    let body = &writes[&person(8)][0].1;
    assert_eq!(body["ProjectDate"], "2021-01-01");
    assert!(body.get("NumVendors").is_none(), "{body}");
    let unchanged = items
        .iter()
        .filter(|item| item["kind"] == "result" && item["status"] == "unchanged");
    assert_eq!(unchanged.count(), CHANGES - 1);
}

#[test]
fn a_run_is_fed_while_it_works_and_tells_how_far_it_is() {
    let sandbox = crowd();
    hostility(&sandbox, json!({"latencyMs": 30}));
    let request = json!({"op": "bulk.start", "params": {}});
    let (code, call, _) = start(sandbox.client, request.to_string().as_bytes());
    assert_eq!(code, csa::CSA_OK);
    let id = next(call, 30_000).1["run"].clone();
    for (number, changes) in job().chunks(300).enumerate() {
        let added = sandbox.run("bulk.add", &json!({"run": id, "changes": changes}));
        assert_eq!(
            added[0],
            json!({"kind": "added", "changes": CHANGES.min((number + 1) * 300)})
        );
    }
    assert_eq!(
        sandbox.run("bulk.end", &json!({"run": id})),
        Vec::<Json>::new()
    );
    let mut items = Vec::new();
    while let (csa::CSA_OK, item) = next(call, 30_000) {
        items.push(item);
    }
    csa::csa_close(call);
    assert_eq!(summary(&items)["changed"], CHANGES);
    let progress: Vec<_> = items
        .iter()
        .filter(|item| item["kind"] == "progress")
        .collect();
    assert!(progress
        .iter()
        .any(|item| item["perSecond"].as_f64().unwrap() > 0.0));
    let refused = sandbox.run("bulk.add", &json!({"run": id, "changes": []}));
    assert_eq!(refused[0]["code"], "invalidRequest");
}

fn states(sandbox: &Sandbox, journal: &Path) -> Json {
    let listed = sandbox.run("bulk.list", &json!({"journals": [journal]}));
    assert_eq!(listed.len(), 1, "{listed:?}");
    [
        "state",
        "changes",
        "changed",
        "unchanged",
        "failed",
        "undone",
        "left",
    ]
    .map(|name| listed[0][name].clone())
    .into()
}

#[test]
fn the_same_run_twice_does_nothing_the_second_time() {
    let (sandbox, folder) = (crowd(), tempfile::tempdir().unwrap());
    let journal = folder.path().join("run.jsonl");
    let mut changes = job();
    changes.push(set("nobody@contoso.com", &[("NumVendors", json!(1))]));
    let run = |changes: &[Json]| {
        sandbox.run(
            "bulk.start",
            &json!({"changes": changes, "complete": true, "journal": journal}),
        )
    };
    assert_eq!(summary(&run(&changes))["changed"], CHANGES);
    assert_eq!(
        states(&sandbox, &journal),
        json!(["unfinished", CHANGES + 1, CHANGES, 0, 1, 0, 0])
    );
    sandbox.sent();
    let second = run(&changes);
    let done = summary(&second);
    // What failed is tried again; what is confirmed is not.
    assert_eq!(
        (&done["changed"], &done["skipped"], &done["failed"]),
        (&json!(0), &json!(CHANGES), &json!(1))
    );
    assert!(sandbox.sent().iter().all(|entry| entry["method"] == "GET"));
    let other = run(&changes[1..]);
    assert_eq!(other.last().unwrap()["code"], "journal");
    assert!(
        other.last().unwrap()["message"]
            .as_str()
            .unwrap()
            .contains("its change 1 is not"),
        "{other:?}"
    );
    assert!(sandbox.sent().is_empty());
    let text = fs::read_to_string(&journal).unwrap();
    assert!(!text.contains("eyJ"), "a token is in the journal");
}

#[test]
fn what_failed_does_not_overwrite_later_what_came_after_it() {
    let (sandbox, folder) = (crowd(), tempfile::tempdir().unwrap());
    let journal = folder.path().join("run.jsonl");
    let user = person(1);
    let changes = json!([
        set(&user, &[("NumVendors", json!(1))]),
        set(&person(2), &[("NumVendors", json!(2))]),
        set(&user.to_uppercase(), &[("NumVendors", json!(3))]),
    ]);
    // The write of both is refused, then that of the first.
    let refusal = json!({"error": {"code": "Request_BadRequest", "message": "Not now."}});
    sandbox.fault(
        json!({"method": "PATCH", "path": user, "status": 400, "body": refusal, "times": 2}),
    );
    let params = json!({"changes": changes, "complete": true, "journal": journal});
    let items = sandbox.run("bulk.start", &params);
    assert_eq!(errors(&items)[0]["change"], 0, "{items:?}");
    sandbox.sent_all();
    for items in [
        sandbox.run("bulk.resume", &json!({"journal": journal})),
        sandbox.run("bulk.start", &params),
    ] {
        let error = &errors(&items)[0]["error"];
        assert_eq!(
            (&error["code"], &error["target"]),
            (&json!("conflict"), &json!(user)),
            "{items:?}"
        );
        assert_eq!(summary(&items)["skipped"], 2);
    }
    assert!(writes(&sandbox.sent_all()).is_empty());
    assert_eq!(held(&sandbox)[&user]["NumVendors"], 3);
}

#[test]
fn a_stopped_run_says_what_is_left_and_goes_on_later() {
    // Paced, so that it is not done before it is stopped, however slow this machine is.
    let sandbox = paced(json!({"writes": 200, "writeSeconds": 20}));
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("run.jsonl");
    sandbox.sent_all();
    let request = json!({"op": "bulk.start", "params": {"changes": job(), "complete": true, "journal": journal}});
    let (_, call, _) = start(sandbox.client, request.to_string().as_bytes());
    let id = next(call, 30_000).1["run"].clone();
    let mut items = Vec::new();
    while items
        .last()
        .is_none_or(|item: &Json| item["done"].as_u64().unwrap_or(0) == 0)
    {
        items.push(next(call, 30_000).1);
    }
    let second = run(
        sandbox.client,
        &json!({"op": "bulk.resume", "params": {"journal": journal}}),
    );
    assert!(
        second[0]["message"].as_str().unwrap().contains("in use"),
        "{second:?}"
    );
    assert_eq!(states(&sandbox, &journal)[0], "running");
    let asked = std::time::Instant::now();
    sandbox.run("bulk.stop", &json!({"run": id}));
    while let (csa::CSA_OK, item) = next(call, 30_000) {
        items.push(item);
    }
    assert!(asked.elapsed().as_secs() < 5);
    csa::csa_close(call);
    let stopped = summary(&items).clone();
    let count = |name: &str| stopped[name].as_u64().unwrap();
    assert_eq!((&stopped["stopped"], count("failed")), (&json!(true), 0));
    assert_eq!(
        count("changed") + count("unknown") + count("unsent"),
        CHANGES as u64
    );
    assert!(0 < count("changed") && 0 < count("unsent"), "{stopped}");
    // What the journal calls done the service has done, and nothing more than what it calls unknown.
    let made = writes(&sandbox.sent_all()).len() as u64 * 4;
    assert!(
        (count("changed")..=count("changed") + count("unknown")).contains(&made),
        "{stopped}"
    );

    let config = json!({"graphUri": format!("{}/v1.0", sandbox.url), "signIn": {"mode": "accessToken", "accessToken": "any"}, "quota": {"writes": 1e8, "units": 1e8}});
    let (_, other, _) = open(&config);
    let resumed = run(
        other,
        &json!({"op": "bulk.resume", "params": {"journal": journal}}),
    );
    csa::csa_close(other);
    assert_eq!(summary(&resumed)["skipped"], count("changed"));
    let again = writes(&sandbox.sent_all());
    assert_eq!(again.len() as u64 * 4, CHANGES as u64 - made);
    assert_eq!(states(&sandbox, &journal)[0], "complete");
    let held = held(&sandbox);
    assert!((1..=PEOPLE).all(|number| held[&person(number)] == wanted(number)));
}

#[test]
fn a_run_can_be_undone_but_for_what_somebody_changed_since() {
    let (sandbox, folder) = (crowd(), tempfile::tempdir().unwrap());
    let journal = folder.path().join("run.jsonl");
    let before = held(&sandbox);
    let params =
        json!({"changes": job(), "complete": true, "journal": journal, "keepPrevious": true});
    assert_eq!(
        errors(&sandbox.run("bulk.start", &params)),
        Vec::<&Json>::new()
    );
    let theirs = json!({"targets": [{"user": person(5)}], "values": [{"attribute": "Engineering.NumVendors", "value": 77}]});
    sandbox.run("assignment.set", &theirs);
    sandbox.sent_all();
    let plan = sandbox.run("bulk.undo", &json!({"journal": journal, "plan": true}));
    assert!(writes(&sandbox.sent_all()).is_empty());
    let plans: Vec<_> = plan.iter().filter(|item| item["kind"] == "plan").collect();
    assert_eq!(plans.len(), PEOPLE);
    insta::assert_json_snapshot!(plan[..7]);
    let undone = sandbox.run("bulk.undo", &json!({"journal": journal}));
    assert_eq!(errors(&undone), Vec::<&Json>::new());
    assert_eq!(summary(&undone)["changed"], PEOPLE);
    let warnings: Vec<_> = undone.iter().filter(|item| item["kind"] == "log").collect();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    let mut expected = before;
    expected.insert(person(5), json!({"NumVendors": 77}));
    assert_eq!(held(&sandbox), expected);
    assert_eq!(states(&sandbox, &journal)[0], "undone");
    sandbox.sent_all();
    assert_eq!(
        summary(&sandbox.run("bulk.undo", &json!({"journal": journal})))["changed"],
        0
    );
    assert!(writes(&sandbox.sent_all()).is_empty());
}

#[test]
fn a_token_that_ends_for_good_stops_the_run_and_leaves_the_rest_for_later() {
    let (sandbox, folder) = (crowd(), tempfile::tempdir().unwrap());
    let journal = folder.path().join("run.jsonl");
    let config = json!({"graphUri": format!("{}/v1.0", sandbox.url), "signIn": {"mode": "accessToken", "accessToken": "once"}, "quota": {"writes": 1e6, "units": 1e6}});
    hostility(&sandbox, json!({"tokenRequests": 10}));
    let (_, client, _) = open(&config);
    let items = run(
        client,
        &json!({"op": "bulk.start", "params": {"changes": job(), "complete": true, "journal": journal}}),
    );
    csa::csa_close(client);
    let stopped = summary(&items);
    assert!(
        0 < stopped["changed"].as_u64().unwrap() && 0 < stopped["failed"].as_u64().unwrap(),
        "{stopped}"
    );
    assert!(errors(&items)
        .iter()
        .all(|item| item["error"]["code"] == "auth"));
    assert!(stopped["requests"].as_u64().unwrap() < 40, "{stopped}");
    hostility(&sandbox, Json::Null);
    let items = sandbox.run("bulk.resume", &json!({"journal": journal}));
    assert_eq!(summary(&items)["failed"], 0);
    let held = held(&sandbox);
    assert!((1..=PEOPLE).all(|number| held[&person(number)] == wanted(number)));
}

/// Every kind of item that a run has, without what differs from run to run.
#[test]
fn what_a_run_tells() {
    let (sandbox, folder) = (crowd(), tempfile::tempdir().unwrap());
    let journal = folder.path().join("run.jsonl");
    let mut first = set(&person(1), &[("NumVendors", json!(4))]);
    first["params"]["readBack"] = json!(true);
    let changes = json!([
        first,
        set("nobody@contoso.com", &[("NumVendors", json!(1))])
    ]);
    let params = json!({"changes": changes, "complete": true, "journal": journal, "results": true, "command": "a test"});
    let mut told = sandbox.run("bulk.start", &params);
    // They are in the order of completion.
    told.sort_by_key(|item| {
        (
            item["kind"] == "summary",
            item["change"].as_u64(),
            item["kind"].to_string(),
        )
    });
    let mut progress = told.iter().filter(|item| item["kind"] == "progress");
    let shape: Option<Vec<_>> = progress
        .next()
        .map(|item| item.as_object().unwrap().keys().cloned().collect());
    told.retain(|item| item["kind"] != "progress");
    told.extend(sandbox.run("bulk.list", &json!({"journals": [journal]})));
    for item in &mut told {
        for name in ["run", "journal", "started", "graphUri", "seconds"] {
            if let Some(value) = item.get_mut(name) {
                *value = json!(format!("[{name}]"));
            }
        }
        if let Some(id) = item.pointer_mut("/error/requestId") {
            *id = json!("[the service's]");
        }
    }
    insta::assert_json_snapshot!(told);
    if let Some(shape) = shape {
        let expected =
            "kind done failed doneBefore taken inputEnded perSecond secondsLeft waitingSeconds";
        assert_eq!(shape.join(" "), expected);
    }
}
