//! The journal of a run: a file to which a line is added for each change before it is sent and for each outcome, so that a run
//! that ends in the middle, by kill -9 too, goes on where it stopped.
//!
//! Each line is a JSON object with its number first and a CRC-32 of what is before it last. A last line that is not whole is
//! what a killed process leaves: it is cut off. Any other damage is an error. Tokens are never in it; values are, so only its
//! owner may read it.

use std::collections::HashSet;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{BufRead, BufReader, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::error::{Error, ErrorCode, Result};

const FORMAT: u32 = 1;
const CRC: &str = ",\"crc\":\"";

/// One line, without its number and checksum.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Line {
    /// The first line.
    Run(Header),
    /// A change that shall be made, as it was asked for.
    Change {
        /// Changes are counted from 0.
        number: u64,
        /// The request for this one target.
        entry: Json,
    },
    /// All changes have come.
    InputEnded {
        /// How many there are.
        changes: u64,
    },
    /// What is about to be written, with what was there.
    Before(Before),
    /// Changes whose outcome the service has confirmed.
    Done {
        /// Their numbers.
        changes: Vec<u64>,
        /// What was done.
        outcome: Outcome,
    },
    /// A change that failed.
    Failed {
        /// Its number.
        change: u64,
        /// Why.
        error: Json,
    },
    /// The run was stopped.
    Stopped {
        /// Changes that had left when it ended; whether they were made is not known.
        unknown: Vec<u64>,
    },
}

/// What a run is, in the first line of its journal.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Header {
    /// The version of the format.
    pub format: u32,
    /// The id of the run.
    pub run: String,
    /// When it began (RFC 3339).
    pub started: String,
    /// Where it goes to.
    pub graph_uri: String,
    /// The command that began it, for people.
    pub command: Option<String>,
    /// Whether the values before each change are kept.
    pub keep_previous: bool,
}

/// Values before and after one write, as `customSecurityAttributes` tables of the attributes that are written.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Before {
    /// The changes that are written.
    pub changes: Vec<u64>,
    /// The target, as requests name it.
    pub target: Json,
    /// What was there; an attribute that had no value is not in it.
    pub previous: Json,
    /// What is written.
    pub written: Json,
}

/// What was done about a change.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Outcome {
    /// It was written.
    Changed,
    /// It was there already.
    Unchanged,
    /// It was put back to what was before.
    Undone,
}

impl Header {
    /// The header of a run that begins now.
    pub fn new(
        run: String,
        graph_uri: String,
        command: Option<String>,
        keep_previous: bool,
    ) -> Self {
        Self {
            format: FORMAT,
            run,
            started: chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
            graph_uri,
            command,
            keep_previous,
        }
    }
}

/// A journal that is being written: no other process can use it.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
    lines: u64,
}

/// What a journal holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Replay {
    /// The run.
    pub header: Header,
    /// The changes by number.
    pub changes: Vec<Recorded>,
    /// Whether all changes are in it.
    pub input_ended: bool,
    /// What was there before each write, in the order of the writes.
    pub before: Vec<Before>,
    /// The changes that had left when the run was stopped.
    pub unknown: Vec<u64>,
}

/// One change of a journal.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Recorded {
    /// Stands for what was asked for, see [`digest`].
    pub digest: u64,
    /// Stands for the target.
    pub target: u64,
    /// What was asked for; not kept once it is confirmed.
    pub entry: Option<Box<str>>,
    /// What was confirmed.
    pub outcome: Option<Outcome>,
    /// Whether it failed, and was not done since.
    pub failed: bool,
}

impl Journal {
    /// Begins a journal, or opens the one that is there already, whose last line is mended if it is torn.
    ///
    /// # Errors
    ///
    /// [`ErrorCode::Journal`]: the file can't be read or written, is damaged, is no journal, or another process works on it.
    pub fn open_or_create(path: &Path, header: &Header) -> Result<(Self, Option<Replay>)> {
        let (mut journal, replay) = Self::locked(path, true)?;
        if replay.is_none() {
            journal.append(&[Line::Run(header.clone())], true)?;
        }
        Ok((journal, replay))
    }

    /// Opens a journal that is there.
    ///
    /// # Errors
    ///
    /// As [`Journal::open_or_create`]; also if there is none.
    pub fn open(path: &Path) -> Result<(Self, Replay)> {
        let (journal, replay) = Self::locked(path, false)?;
        let replay =
            replay.ok_or_else(|| problem(path, "is empty", "give the journal of a run"))?;
        Ok((journal, replay))
    }

    /// Reads a journal that another process may be writing; `true` if one is.
    ///
    /// # Errors
    ///
    /// [`ErrorCode::Journal`]: the file can't be read, is damaged or is no journal.
    pub fn read(path: &Path) -> Result<(Replay, bool)> {
        let mut file = File::open(path).map_err(|error| unreadable(path, &error))?;
        let in_use = matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock));
        if !in_use {
            // Who wants to write now shall not find it in use because somebody looks.
            file.unlock().map_err(|error| unreadable(path, &error))?;
        }
        let scanned = scan(path, &mut file)?;
        let replay = scanned
            .replay
            .ok_or_else(|| problem(path, "is empty", "give the journal of a run"))?;
        Ok((replay, in_use))
    }

    fn locked(path: &Path, create: bool) -> Result<(Self, Option<Replay>)> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(create);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options
            .open(path)
            .map_err(|error| unreadable(path, &error))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(problem(
                    path,
                    "is in use: another run writes to it",
                    "wait until that run has ended, or stop it",
                ))
            }
            Err(TryLockError::Error(error)) => return Err(unreadable(path, &error)),
        }
        #[cfg(unix)]
        file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))
            .map_err(|error| unreadable(path, &error))?;
        let scanned = scan(path, &mut file)?;
        // What a killed process left half written.
        file.set_len(scanned.end)
            .map_err(|error| unreadable(path, &error))?;
        file.seek(SeekFrom::Start(scanned.end))
            .map_err(|error| unreadable(path, &error))?;
        let journal = Self {
            path: path.to_owned(),
            file,
            lines: scanned.lines,
        };
        Ok((journal, scanned.replay))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Adds lines, all or none. With `sync` they outlast a loss of power; without, the end of this process.
    ///
    /// # Errors
    ///
    /// [`ErrorCode::Journal`]: they can't be written.
    pub fn append(&mut self, lines: &[Line], sync: bool) -> Result<()> {
        let mut text = String::new();
        for line in lines {
            self.lines += 1;
            write_line(&mut text, self.lines, line);
        }
        let begin = self.file.stream_position();
        let written = self.file.write_all(text.as_bytes()).and_then(|()| {
            if sync {
                self.file.sync_data()
            } else {
                Ok(())
            }
        });
        written.map_err(|error| {
            self.lines -= lines.len() as u64;
            if let Ok(begin) = begin {
                // If this fails too, the next one who opens the file cuts the torn line off.
                let _ = self.file.set_len(begin);
                let _ = self.file.seek(SeekFrom::Start(begin));
            }
            unreadable(&self.path, &error)
        })
    }
}

/// A request in one writing: the order of its members does not count.
pub fn canonical(entry: &Json) -> Json {
    match entry {
        Json::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_unstable_by_key(|(name, _)| name.as_str());
            let member = |(name, value): (&String, &Json)| (name.clone(), canonical(value));
            Json::Object(members.into_iter().map(member).collect())
        }
        Json::Array(list) => list.iter().map(canonical).collect(),
        other => other.clone(),
    }
}

/// Stands for a request, to tell whether two are the same.
pub fn digest(entry: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    entry.hash(&mut hasher);
    hasher.finish()
}

fn write_line(text: &mut String, number: u64, line: &Line) {
    let body = serde_json::json!(line).to_string();
    let begin = text.len();
    // The body is an object of one member: its braces become those of the line.
    text.push_str(&format!("{{\"line\":{number},{}", &body[1..body.len() - 1]));
    let crc = crc32fast::hash(&text.as_bytes()[begin..]);
    text.push_str(&format!("{CRC}{crc:08x}\"}}\n"));
}

fn read_line(bytes: &[u8], number: u64) -> std::result::Result<Line, &'static str> {
    let text = std::str::from_utf8(bytes).map_err(|_| "is not UTF-8")?;
    let (body, crc) = text.rsplit_once(CRC).ok_or("has no checksum")?;
    let crc = crc.strip_suffix("\"}\n").ok_or("has no checksum")?;
    // As it was written: an upper-case digit is damage too.
    if crc != format!("{:08x}", crc32fast::hash(body.as_bytes())) {
        return Err("does not fit its checksum");
    }
    let begin = format!("{{\"line\":{number},");
    let body = body
        .strip_prefix(&begin)
        .ok_or("is not the line that belongs here")?;
    serde_json::from_str(&format!("{{{body}}}"))
        .map_err(|_| "is not a line that this version knows")
}

struct Scanned {
    replay: Option<Replay>,
    lines: u64,
    // Where the whole lines end.
    end: u64,
}

fn scan(path: &Path, file: &mut File) -> Result<Scanned> {
    let mut scanned = Scanned {
        replay: None,
        lines: 0,
        end: 0,
    };
    let mut reader = BufReader::new(file);
    let mut bytes = Vec::new();
    loop {
        bytes.clear();
        let read = reader.read_until(b'\n', &mut bytes);
        read.map_err(|error| unreadable(path, &error))?;
        if bytes.last() != Some(&b'\n') {
            return Ok(scanned);
        }
        let number = scanned.lines + 1;
        let damaged = |reason: &str| {
            problem(
                path,
                &format!("is damaged: line {number} {reason}"),
                "nothing was sent; restore the file, or look at what the targets hold and begin a new run",
            )
        };
        let line = read_line(&bytes, number).map_err(damaged)?;
        match (&mut scanned.replay, line) {
            (None, Line::Run(header)) if header.format == FORMAT => {
                scanned.replay = Some(Replay {
                    header,
                    changes: Vec::new(),
                    input_ended: false,
                    before: Vec::new(),
                    unknown: Vec::new(),
                });
            }
            (None, Line::Run(_)) => {
                return Err(problem(
                    path,
                    "is of a later version",
                    "use the version that wrote it",
                ))
            }
            (Some(replay), line) => replay.add(line).map_err(damaged)?,
            (None, _) => return Err(damaged("is not the first line of a journal")),
        }
        scanned.lines = number;
        scanned.end += bytes.len() as u64;
    }
}

impl Replay {
    fn add(&mut self, line: Line) -> std::result::Result<(), &'static str> {
        match line {
            Line::Run(_) => return Err("begins a second run"),
            Line::Change { number, entry } => {
                if number != self.changes.len() as u64 {
                    return Err("is not the change that belongs here");
                }
                let text = entry.to_string();
                let target = entry["params"]["targets"][0].to_string();
                self.changes.push(Recorded {
                    digest: digest(&text),
                    target: digest(&target.to_lowercase()),
                    entry: Some(text.into()),
                    ..Recorded::default()
                });
            }
            Line::InputEnded { .. } => self.input_ended = true,
            Line::Before(before) => self.before.push(before),
            Line::Done { changes, outcome } => {
                for number in changes {
                    let change = self.change(number)?;
                    change.outcome = Some(outcome);
                    change.failed = false;
                    change.entry = None;
                }
            }
            Line::Failed { change, .. } => self.change(change)?.failed = true,
            Line::Stopped { unknown } => self.unknown = unknown,
        }
        Ok(())
    }

    fn change(&mut self, number: u64) -> std::result::Result<&mut Recorded, &'static str> {
        usize::try_from(number)
            .ok()
            .and_then(|number| self.changes.get_mut(number))
            .ok_or("tells of a change that is not there")
    }

    /// Changes that were not made although a later one of their target was: made now, they would overwrite it.
    pub fn overtaken(&self) -> HashSet<u64> {
        let mut confirmed = HashSet::new();
        let mut overtaken = HashSet::new();
        for (number, change) in self.changes.iter().enumerate().rev() {
            if change.outcome.is_some() {
                confirmed.insert(change.target);
            } else if confirmed.contains(&change.target) {
                overtaken.insert(number as u64);
            }
        }
        overtaken
    }

    /// Whether there is nothing to go on with.
    pub fn is_complete(&self) -> bool {
        self.input_ended && self.changes.iter().all(|change| change.outcome.is_some())
    }

    /// How many changes have this outcome.
    pub fn count(&self, outcome: Outcome) -> u64 {
        let it = self
            .changes
            .iter()
            .filter(|change| change.outcome == Some(outcome));
        it.count() as u64
    }

    /// How many changes failed.
    pub fn failed(&self) -> u64 {
        self.changes.iter().filter(|change| change.failed).count() as u64
    }
}

/// Where journals are that nobody gave a place: of this user, and not of others.
///
/// # Errors
///
/// [`ErrorCode::Journal`]: there is no home folder, or the folder can't be made.
pub fn state_folder() -> Result<PathBuf> {
    let none = || {
        Error::new(
            ErrorCode::Journal,
            "there is no folder for journals: this user has no home folder",
        )
        .hint("give -Journal FILE (journal=), or -NoJournal (journal=False)")
    };
    let base = etcetera::choose_base_strategy().map_err(|_| none())?;
    let state = base.state_dir().unwrap_or_else(|| base.cache_dir());
    let folder = state.join("entra-csa").join("runs");
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
        .create(&folder)
        .map_err(|error| unreadable(&folder, &error))?;
    Ok(folder)
}

fn problem(path: &Path, reason: &str, hint: &str) -> Error {
    Error::new(
        ErrorCode::Journal,
        format!("journal {} {reason}", path.display()),
    )
    .hint(hint)
}

fn unreadable(path: &Path, error: &std::io::Error) -> Error {
    problem(
        path,
        &format!("can't be used: {error}"),
        "check the path, the rights and the space on the disk; nothing more was sent",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn header() -> Header {
        Header::new("r".into(), "https://graph".into(), None, false)
    }

    fn change(number: u64) -> Line {
        Line::Change {
            number,
            entry: json!({"op": "assignment.set", "params": {"n": number, "text": "a\n\"b\" ä"}}),
        }
    }

    fn written(folder: &Path) -> PathBuf {
        let path = folder.join("run.jsonl");
        let (mut journal, replay) = Journal::open_or_create(&path, &header()).unwrap();
        assert_eq!(replay, None);
        journal
            .append(&[change(0), change(1), change(2)], true)
            .unwrap();
        let done = Line::Done {
            changes: vec![0],
            outcome: Outcome::Changed,
        };
        let failed = Line::Failed {
            change: 1,
            error: json!({"code": "notFound"}),
        };
        journal.append(&[done, failed], false).unwrap();
        path
    }

    fn states(replay: &Replay) -> Vec<(Option<Outcome>, bool, bool)> {
        let state = |c: &Recorded| (c.outcome, c.failed, c.entry.is_some());
        replay.changes.iter().map(state).collect()
    }

    #[test]
    fn a_journal_tells_what_was_done() {
        let folder = tempfile::tempdir().unwrap();
        let (_, replay) = Journal::open(&written(folder.path())).unwrap();
        let expected = [
            (Some(Outcome::Changed), false, false),
            (None, true, true),
            (None, false, true),
        ];
        assert_eq!(states(&replay), expected);
        assert!(!replay.input_ended);
    }

    #[test]
    fn it_is_text_that_people_and_programs_can_read() {
        let mut text = String::new();
        write_line(&mut text, 2, &change(0));
        insta::assert_snapshot!(text, @r#"{"line":2,"change":{"number":0,"entry":{"op":"assignment.set","params":{"n":0,"text":"a\n\"b\" ä"}}},"crc":"1f05b75a"}"#);
        assert!(serde_json::from_str::<Json>(&text).is_ok());
    }

    #[cfg(unix)]
    #[test]
    fn only_its_owner_can_read_it() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = written(folder.path());
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        fs::set_permissions(&path, PermissionsExt::from_mode(0o644)).unwrap();
        Journal::open(&path).unwrap();
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }

    #[test]
    fn the_second_of_two_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = written(folder.path());
        let (first, _) = Journal::open(&path).unwrap();
        let refused = Journal::open(&path).unwrap_err();
        assert_eq!(refused.code(), ErrorCode::Journal);
        assert!(refused.reason().contains("in use"), "{refused}");
        assert!(Journal::read(&path).unwrap().1);
        drop(first);
        assert!(!Journal::read(&path).unwrap().1);
        assert!(Journal::open(&path).is_ok());
    }

    #[test]
    fn a_digit_of_a_checksum_in_another_case_is_damage() {
        let mut text = String::new();
        write_line(&mut text, 2, &change(0));
        assert!(read_line(text.as_bytes(), 2).is_ok());
        let other = text.replace("1f05b75a", "1F05b75a");
        assert_eq!(
            read_line(other.as_bytes(), 2).unwrap_err(),
            "does not fit its checksum"
        );
    }

    #[test]
    fn other_files_are_no_journals() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("people.csv");
        assert_eq!(Journal::open(&path).unwrap_err().code(), ErrorCode::Journal);
        fs::write(&path, "UserPrincipalName,Value\njoe@contoso.com,1\n").unwrap();
        let refused = Journal::open_or_create(&path, &header()).unwrap_err();
        assert!(
            refused.reason().contains("line 1 has no checksum"),
            "{refused}"
        );
    }

    proptest! {
        // What a kill leaves is a beginning of the file.
        #[test]
        fn a_torn_end_is_cut_off_and_the_journal_goes_on(part in any::<prop::sample::Index>()) {
            let folder = tempfile::tempdir().unwrap();
            let path = written(folder.path());
            let whole = fs::read(&path).unwrap();
            let kept = part.index(whole.len() + 1);
            fs::write(&path, &whole[..kept]).unwrap();
            let (mut journal, replay) = Journal::open_or_create(&path, &header()).unwrap();
            let known = replay.map_or(0, |replay| replay.changes.len() as u64);
            journal.append(&[change(known)], true).unwrap();
            drop(journal);
            prop_assert_eq!(Journal::open(&path).unwrap().1.changes.len() as u64, known + 1);
        }

        #[test]
        fn any_other_damage_names_its_line(at in any::<prop::sample::Index>(), flip in 1u8..=255) {
            let folder = tempfile::tempdir().unwrap();
            let path = written(folder.path());
            let mut bytes = fs::read(&path).unwrap();
            let at = at.index(bytes.len() - 1);
            let line = bytes[..at].iter().filter(|byte| **byte == b'\n').count() + 1;
            bytes[at] ^= flip;
            fs::write(&path, &bytes).unwrap();
            let error = Journal::open(&path).unwrap_err();
            prop_assert_eq!(error.code(), ErrorCode::Journal);
            // A line break that is gone or new shows in the line itself.
            prop_assert!(error.reason().contains(&format!("line {line} ")), "{} at {}", error, at);
        }

        #[test]
        fn a_missing_line_is_damage(which in 0usize..5) {
            let folder = tempfile::tempdir().unwrap();
            let path = written(folder.path());
            let text = fs::read_to_string(&path).unwrap();
            let mut lines: Vec<_> = text.split_inclusive('\n').collect();
            lines.remove(which);
            fs::write(&path, lines.concat()).unwrap();
            prop_assert!(Journal::open(&path).is_err());
        }

        #[test]
        fn the_order_of_members_does_not_count(a in ".*", b in ".*", n in any::<i32>()) {
            let one = json!({"x": a, "y": {"p": n, "q": [b]}});
            let two = json!({"y": {"q": [b], "p": n}, "x": a});
            prop_assert_eq!(canonical(&one).to_string(), canonical(&two).to_string());
        }
    }
}
