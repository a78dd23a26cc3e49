//! The binary, as a person or another project's tests start it.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use serde_json::Value as Json;

struct Running(Child, String);

impl Running {
    fn start(arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_csa-emulator"))
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        Self(child, line.trim().to_owned())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

async fn get(url: String) -> Json {
    let answer = crate::support::http()
        .get(url)
        .header("Authorization", "Bearer any")
        .send()
        .await
        .unwrap();
    serde_json::from_str(&answer.text().await.unwrap()).unwrap()
}

#[tokio::test]
async fn it_prints_its_url_first_and_logs_each_request() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("requests.jsonl");
    let running = Running::start(&[
        "--port",
        "0",
        "--seed",
        "howto",
        "--log",
        log.to_str().unwrap(),
    ]);
    assert!(running.1.starts_with("http://127.0.0.1:"), "{}", running.1);
    let user = get(format!("{}/v1.0/users/joe@contoso.com", running.1)).await;
    assert_eq!(user["displayName"], "Joe");
    assert_eq!(
        get(format!("{}/emulator/requests", running.1)).await[0]["path"],
        "/users/joe@contoso.com"
    );
    let text = std::fs::read_to_string(&log).unwrap();
    let lines: Vec<Json> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(
        (lines.len(), &lines[0]["status"]),
        (1, &serde_json::json!(200))
    );
}

#[tokio::test]
async fn it_misbehaves_as_a_file_says() {
    let folder = tempfile::tempdir().unwrap();
    let faults = folder.path().join("faults.json");
    std::fs::write(&faults, r#"{"seed": 1, "tokenRequests": 1}"#).unwrap();
    let running = Running::start(&["--faults", faults.to_str().unwrap()]);
    let url = || format!("{}/v1.0/users/joe@contoso.com", running.1);
    assert_eq!(get(url()).await["displayName"], "Joe");
    assert_eq!(
        get(url()).await["error"]["code"],
        "InvalidAuthenticationToken"
    );
}

#[tokio::test]
async fn it_takes_a_seed_from_a_file_and_quirks() {
    let folder = tempfile::tempdir().unwrap();
    let seed = folder.path().join("seed.json");
    std::fs::write(&seed, r#"{"users": [{"id": "00000000-0000-0000-0000-000000000001", "displayName": "One", "userPrincipalName": "one@x.com"}]}"#).unwrap();
    let running = Running::start(&[
        "--seed",
        seed.to_str().unwrap(),
        "--quirk",
        "maxOrClauses=3",
    ]);
    assert_eq!(
        get(format!("{}/v1.0/users", running.1)).await["value"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn bad_arguments_are_told() {
    let run = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_csa-emulator"))
            .args(arguments)
            .output()
            .unwrap();
        assert!(!output.status.success());
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(run(&["--port", "many"]).contains("csa-emulator: "));
    assert!(run(&["--seed", "no-such-file.json"]).contains("no-such-file.json"));
    assert!(run(&["--quirk", "unheard=1"]).contains("unheard"));
    assert!(run(&["--fly"]).contains("--port N"));
}
