//! `csa-emulator`: a local Microsoft Graph for custom security attributes. Its first line of output is its URL.

#![forbid(unsafe_code)]

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use csa_emulator::{Hostility, Options, Quirks, Seed};

const USAGE: &str = "\
csa-emulator [--port N] [--seed howto|FILE] [--users N] [--log FILE.jsonl] [--record true|false] [--faults FILE] [--tls CA.pem] [--quirk NAME=VALUE]...

  --port N            port on 127.0.0.1; 0 (the default) takes a free one
  --seed howto|FILE   the tenant to start with: Microsoft's how-to (the default), or a JSON file
  --users N           so many users more, user0000001@contoso.com and so on
  --log FILE.jsonl    append each request as one JSON line
  --record false      keep no requests in memory: for millions of them
  --faults FILE       how to misbehave, as JSON: shares of throttle, unavailable, cutBefore, cutAfter, half, slow, and quota,
                      latencyMs, tokenRequests, seed; the same seed does the same to the same requests
  --tls CA.pem        speak https, with a certificate of an authority made for it, whose own certificate goes to this file
  --quirk NAME=VALUE  behaviour the documentation leaves open, such as indexDelayMs=5000

The first line printed is the URL; Graph clients use URL/v1.0. Any bearer token is taken unless the seed has tokens.
GET URL/emulator/requests shows what was received. After PUT URL/emulator/sign-in it is a token endpoint too, URL/{tenant}/oauth2/v2.0/token,
and takes only the tokens that it gave.";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("csa-emulator: {reason}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn std::error::Error>> {
    use lexopt::prelude::*;
    let mut options = Options::default();
    let mut seed = Seed::howto();
    let mut quirks = Vec::new();
    let mut users = 0;
    let mut arguments = lexopt::Parser::from_env();
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("port") => options.port = arguments.value()?.parse()?,
            Long("seed") => {
                let value = arguments.value()?.string()?;
                if value != "howto" {
                    let text = std::fs::read_to_string(&value)
                        .map_err(|error| format!("{value}: {error}"))?;
                    seed = Seed::parse(&text).map_err(|error| format!("{value}: {error}"))?;
                }
            }
            Long("record") => options.keep_requests = arguments.value()?.parse()?,
            Long("users") => users = arguments.value()?.parse()?,
            Long("log") => options.log = Some(PathBuf::from(arguments.value()?)),
            Long("faults") => {
                let file = arguments.value()?.string()?;
                let read = std::fs::read_to_string(&file).map_err(|e| format!("{file}: {e}"))?;
                let hostility: Hostility =
                    serde_json::from_str(&read).map_err(|e| format!("{file}: {e}"))?;
                options.hostility = Some(hostility);
            }
            Long("tls") => options.tls = Some(PathBuf::from(arguments.value()?)),
            Long("quirk") => quirks.push(arguments.value()?.string()?),
            Short('h') | Long("help") => {
                println!("{USAGE}");
                return Ok(());
            }
            _ => return Err(format!("{}\n\n{USAGE}", argument.unexpected()).into()),
        }
    }
    seed.quirks = with_quirks(&seed.quirks, &quirks)?;
    if 0 < users {
        seed = seed.populated(users);
    }
    options.seed = Some(seed);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let emulator = csa_emulator::start(options).await?;
        println!("{}", emulator.url());
        std::io::stdout().flush()?;
        std::future::pending::<()>().await;
        Ok(())
    })
}

fn with_quirks(quirks: &Quirks, changes: &[String]) -> Result<Quirks, String> {
    let mut json = serde_json::to_value(quirks).map_err(|error| error.to_string())?;
    for change in changes {
        let (name, value) = change
            .split_once('=')
            .ok_or_else(|| format!("--quirk {change}: NAME=VALUE is wanted"))?;
        json[name] = serde_json::from_str(value).unwrap_or_else(|_| value.into());
    }
    serde_json::from_value(json).map_err(|error| format!("--quirk: {error}"))
}
