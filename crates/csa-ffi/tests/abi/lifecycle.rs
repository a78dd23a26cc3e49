//! Handles, codes, panics, cancelling: what the ABI promises whatever the operation.

use std::thread;
use std::time::{Duration, Instant};

use csa::{
    CsaStr, CSA_ARG, CSA_CANCELLED, CSA_END, CSA_FAILED, CSA_HANDLE, CSA_OK, CSA_PANIC, CSA_PENDING,
};
use serde_json::json;

use crate::support::{lend, next, open, start, take, Sandbox, EMPTY};

const GET_JOE: &[u8] =
    br#"{"op": "assignment.get", "params": {"targets": [{"user": "joe@contoso.com"}]}}"#;

#[test]
fn the_version_is_the_one_of_the_constants() {
    assert_eq!(csa::csa_abi_version(), csa::CSA_ABI_VERSION);
    let mut result = EMPTY;
    assert_eq!(csa::csa_info(Some(&mut result)), CSA_OK);
    let info: serde_json::Value = serde_json::from_str(&take(result)).unwrap();
    assert_eq!(info["name"], "entra-csa");
    assert_eq!(info["abiVersion"], csa::CSA_ABI_VERSION);
}

#[test]
fn a_call_ends_and_stays_at_its_end() {
    let sandbox = Sandbox::open();
    let (code, call, _) = start(sandbox.client, GET_JOE);
    assert_eq!(code, CSA_OK);
    assert_eq!(next(call, 30_000).0, CSA_OK);
    assert_eq!(next(call, 30_000).0, CSA_END);
    assert_eq!(next(call, 30_000).0, CSA_END);
    assert_eq!(csa::csa_call_cancel(call), CSA_OK);
    assert_eq!(csa::csa_close(call), CSA_OK);
}

#[test]
fn null_for_a_pointer_is_an_argument_error() {
    let sandbox = Sandbox::open();
    let (mut handle, mut result) = (7, EMPTY);
    assert_eq!(csa::csa_info(None), CSA_ARG);
    assert_eq!(
        csa::csa_client_open(lend(b"{}"), Some(&mut handle), None),
        CSA_ARG
    );
    assert_eq!(
        csa::csa_client_open(lend(b"{}"), None, Some(&mut result)),
        CSA_ARG
    );
    insta::assert_snapshot!(take(result), @r#"{"code":"invalidRequest","message":"client is NULL","hint":"pass UTF-8 bytes with their length, and pointers to write to","status":null,"graphCode":null,"requestId":null,"target":null,"attribute":null}"#);
    assert_eq!(
        csa::csa_call_start(sandbox.client, lend(GET_JOE), None, Some(&mut result)),
        CSA_ARG
    );
    assert!(take(result).contains("call is NULL"));
    let null = CsaStr {
        ptr: std::ptr::null(),
        len: 3,
    };
    assert_eq!(
        csa::csa_call_start(sandbox.client, null, Some(&mut handle), Some(&mut result)),
        CSA_ARG
    );
    assert!(take(result).contains("request is NULL"));
    assert_eq!(handle, 0);
    assert_eq!(csa::csa_call_next(1, 0, None), CSA_ARG);
    csa::csa_buf_free(EMPTY);
}

#[test]
fn bad_utf8_is_an_argument_error_that_says_where() {
    let sandbox = Sandbox::open();
    let (code, call, error) = start(sandbox.client, b"{\"op\": \"\xff\"}");
    assert_eq!((code, call), (CSA_ARG, 0));
    assert_eq!(error["message"], "request is not UTF-8 at byte 8");
    let (mut client, mut result) = (7, EMPTY);
    assert_eq!(
        csa::csa_client_open(lend(b"\xc3"), Some(&mut client), Some(&mut result)),
        CSA_ARG
    );
    assert!(take(result).contains("config is not UTF-8 at byte 0"));
    assert_eq!(client, 0);
}

#[test]
fn a_length_that_no_memory_has_is_an_argument_error() {
    let sandbox = Sandbox::open();
    let long = CsaStr {
        ptr: b"x".as_ptr(),
        len: u64::MAX,
    };
    let (mut call, mut result) = (0, EMPTY);
    assert_eq!(
        csa::csa_call_start(sandbox.client, long, Some(&mut call), Some(&mut result)),
        CSA_ARG
    );
    assert!(take(result).contains("longer than memory"));
}

#[test]
fn unknown_handles_are_told() {
    for handle in [0, u64::MAX] {
        assert_eq!(start(handle, GET_JOE).0, CSA_HANDLE);
        assert_eq!(next(handle, 0).0, CSA_HANDLE);
        assert_eq!(csa::csa_call_cancel(handle), CSA_HANDLE);
        assert_eq!(csa::csa_close(handle), CSA_HANDLE);
    }
    // A client is no call, and a call no client.
    let sandbox = Sandbox::open();
    assert_eq!(next(sandbox.client, 0).0, CSA_HANDLE);
    assert_eq!(csa::csa_call_cancel(sandbox.client), CSA_HANDLE);
    let (_, call, _) = start(sandbox.client, GET_JOE);
    assert_eq!(start(call, GET_JOE).0, CSA_HANDLE);
    assert_eq!(csa::csa_close(call), CSA_OK);
}

#[test]
fn a_closed_handle_is_unknown_and_closing_twice_is_told() {
    let sandbox = Sandbox::open();
    let (_, call, _) = start(sandbox.client, GET_JOE);
    assert_eq!(csa::csa_close(call), CSA_OK);
    assert_eq!(csa::csa_close(call), CSA_HANDLE);
    assert_eq!(next(call, 1000).0, CSA_HANDLE);
    assert_eq!(csa::csa_call_cancel(call), CSA_HANDLE);

    let (_, client, _) = open(&json!({"sandbox": true}));
    assert_eq!(csa::csa_close(client), CSA_OK);
    assert_eq!(csa::csa_close(client), CSA_HANDLE);
    assert_eq!(start(client, GET_JOE).0, CSA_HANDLE);
}

#[test]
fn closing_a_client_cancels_its_calls() {
    let sandbox = Sandbox::open();
    sandbox.fault(json!({"status": 503, "delayMs": 60_000}));
    let (_, call, _) = start(sandbox.client, GET_JOE);
    assert_eq!(next(call, 50).0, CSA_PENDING);
    assert_eq!(csa::csa_close(sandbox.client), CSA_OK);
    assert_eq!(next(call, 30_000).0, CSA_CANCELLED);
    assert_eq!(csa::csa_close(call), CSA_OK);
}

#[test]
fn cancelling_from_another_thread_wakes_the_waiting_one() {
    let sandbox = Sandbox::open();
    sandbox.fault(json!({"status": 503, "delayMs": 60_000}));
    let (_, call, _) = start(sandbox.client, GET_JOE);
    let waiting = thread::spawn(move || {
        let start = Instant::now();
        (next(call, 50_000).0, start.elapsed())
    });
    thread::sleep(Duration::from_millis(100));
    assert_eq!(csa::csa_call_cancel(call), CSA_OK);
    let (code, waited) = waiting.join().unwrap();
    assert_eq!(code, CSA_CANCELLED);
    // Far below both the fault's delay and the wait; not a measurement.
    assert!(waited < Duration::from_secs(20), "{waited:?}");
    assert_eq!(next(call, 0).0, CSA_CANCELLED);
    assert_eq!(csa::csa_close(call), CSA_OK);
}

#[test]
fn a_call_that_nobody_reads_waits_with_a_few_items_made() {
    let sandbox = Sandbox::open();
    let targets: Vec<_> = (0..200)
        .map(|_| json!({"user": "joe@contoso.com"}))
        .collect();
    let request = json!({"op": "assignment.get", "params": {"targets": targets}}).to_string();
    let (_, call, _) = start(sandbox.client, request.as_bytes());
    assert_eq!(next(call, 30_000).0, CSA_OK);
    let mut before = 0;
    loop {
        let now = crate::support::http("GET", &format!("{}/emulator/requests", sandbox.url), None);
        let now = now.as_array().unwrap().len();
        if now == before && 0 < now {
            break;
        }
        before = now;
        thread::sleep(Duration::from_millis(200));
    }
    assert!(before < 40, "{before} requests for one item read");
    assert_eq!(csa::csa_close(call), CSA_OK);
}

#[test]
fn a_panic_is_an_answer_and_the_client_still_works() {
    let sandbox = Sandbox::open();
    let (code, call, error) = start(sandbox.client, br#"{"op": "selftest.panicAtStart"}"#);
    assert_eq!((code, call), (CSA_PANIC, 0));
    assert_eq!(error["code"], "internal");

    let (code, call, _) = start(sandbox.client, br#"{"op": "selftest.panic"}"#);
    assert_eq!(code, CSA_OK);
    let (code, error) = next(call, 30_000);
    assert_eq!(code, CSA_PANIC);
    insta::assert_json_snapshot!(error, @r#"
    {
      "code": "internal",
      "message": "entra-csa failed inside",
      "hint": "please report this with the request that led to it",
      "status": null,
      "graphCode": null,
      "requestId": null,
      "target": null,
      "attribute": null
    }
    "#);
    assert_eq!(next(call, 30_000).0, CSA_END);
    assert_eq!(csa::csa_close(call), CSA_OK);

    let (_, call, _) = start(sandbox.client, GET_JOE);
    assert_eq!(next(call, 30_000).0, CSA_OK);
    assert_eq!(csa::csa_close(call), CSA_OK);
}

#[test]
fn calls_run_beside_each_other() {
    let sandbox = Sandbox::open();
    let client = sandbox.client;
    let threads: Vec<_> = (0..8)
        .map(|_| {
            thread::spawn(move || {
                for _ in 0..10 {
                    let (code, call, _) = start(client, GET_JOE);
                    assert_eq!(code, CSA_OK);
                    assert_eq!(next(call, 30_000).0, CSA_OK);
                    assert_eq!(csa::csa_close(call), CSA_OK);
                }
            })
        })
        .collect();
    threads
        .into_iter()
        .for_each(|thread| thread.join().unwrap());
}

#[test]
fn a_bad_configuration_is_told_without_quoting_it() {
    for (config, reason) in [
        (json!({}), "signIn is missing"),
        (
            json!({"sandbox": true, "signIn": {"mode": "accessToken", "accessToken": "s3cr3t"}}),
            "a sandbox takes no signIn",
        ),
        (
            json!({"signIn": {"mode": "accessToken", "accessToken": "s3cr3t"}, "graphUri": "http://graph.microsoft.com/v1.0"}),
            "is not https",
        ),
        (
            json!({"signIn": {"mode": "accessToken", "accessToken": "s3 cr3t"}}),
            "the access token is empty or has characters",
        ),
        (
            json!({"signIn": {"mode": "accessToken", "accessToken": "s3cr3t"}, "unknown": 1}),
            "config is malformed at line 1",
        ),
        (
            json!({"signIn": {"mode": "accessToken", "accessToken": ["s3cr3t"]}}),
            "config is malformed at line 1",
        ),
        (
            json!({"signIn": {"mode": "clientSecret", "clientSecret": "s3cr3t", "clientId": "c"}}),
            "tenantId is missing",
        ),
        (
            json!({"signIn": {"mode": "clientSecret", "clientSecret": "s3cr3t", "clientId": "c", "tenantId": "../t"}}),
            "is no tenant",
        ),
        (
            json!({"signIn": {"mode": "managedIdentity", "clientSecret": "s3cr3t"}}),
            "clientSecret is given and has no use here",
        ),
        (
            json!({"signIn": {"mode": "managedIdentity"}, "cloud": "Mars"}),
            "there is no cloud \"Mars\"",
        ),
        (
            json!({"signIn": {"mode": "managedIdentity"}, "authority": "http://login.microsoftonline.com"}),
            "authority \"http://login.microsoftonline.com\" is not https",
        ),
        (
            json!({"signIn": {"mode": "clientCertificate", "clientId": "c", "tenantId": "t", "certificate": "czNjcjN0"}}),
            "is neither PEM nor a PFX",
        ),
        (
            json!({"signIn": {"mode": "managedIdentity"}, "customCaPath": "Cargo.toml"}),
            "has no certificate in PEM",
        ),
    ] {
        let (code, client, error) = open(&config);
        assert_eq!((code, client), (CSA_FAILED, 0), "{config}");
        assert_eq!(error["code"], "invalidRequest", "{config}");
        assert!(
            error["message"].as_str().unwrap().contains(reason),
            "{error}"
        );
        assert!(!error.to_string().contains("cr3t"), "{error}");
    }
}
