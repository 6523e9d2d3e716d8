//! Reading a policy file.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use super::{
    Component, POLICY_BYTES_MAX, POLICY_GROUPS_MAX, POLICY_LOGS_MAX, POLICY_WITNESSES_MAX, Policy,
    PolicyError, PolicyLog, PolicyName, PolicyWitness,
};
use crate::note::NoteKeyError;
use crate::wire;

const LOG_FORM: &str = "log <vkey> [<url>]";
const WITNESS_FORM: &str = "witness <name> <vkey> [<url>]";
const GROUP_FORM: &str = "group <name> all|any|<k> <member>...";
const QUORUM_FORM: &str = "quorum <name>|none";

/// The name that stands for no quorum, and may name nothing else.
const NONE: &[u8] = b"none";

pub(super) fn parse(bytes: &[u8]) -> Result<Policy, PolicyError> {
    if bytes.len() > POLICY_BYTES_MAX {
        return Err(PolicyError::Length { bytes: bytes.len() });
    }
    let mut parser = Parser::default();
    for (index, text) in bytes.split(|byte| *byte == b'\n').enumerate() {
        let line = index.saturating_add(1);
        let allowed = |byte: &u8| *byte == b'\t' || (*byte >= 0x20 && *byte != 0x7f);
        if let Some(byte) = text.iter().copied().find(|byte| !allowed(byte)) {
            return Err(PolicyError::Character { line, byte });
        }
        let items: Vec<&[u8]> = text
            .split(|byte| matches!(byte, b' ' | b'\t'))
            .filter(|item| !item.is_empty())
            .collect();
        parser.line(line, &items)?;
    }
    let lines = parser.quorums.len();
    match <[Option<usize>; 1]>::try_from(parser.quorums) {
        Ok([quorum]) => Ok(Policy {
            quorum,
            ..parser.policy
        }),
        Err(_) => Err(PolicyError::Quorum { lines }),
    }
}

struct Parser {
    policy: Policy,
    quorums: Vec<Option<usize>>,
    /// Names of witnesses and groups, and the number of their component.
    names: BTreeMap<PolicyName, usize>,
    /// Components that are members of a group.
    members: BTreeSet<usize>,
    groups: usize,
}

impl Default for Parser {
    fn default() -> Self {
        Self {
            policy: Policy {
                logs: Vec::new(),
                witnesses: Vec::new(),
                components: Vec::new(),
                quorum: None,
            },
            quorums: Vec::new(),
            names: BTreeMap::new(),
            members: BTreeSet::new(),
            groups: 0,
        }
    }
}

impl Parser {
    fn line(&mut self, line: usize, items: &[&[u8]]) -> Result<(), PolicyError> {
        let items_of = |form| PolicyError::Items { line, form };
        match items {
            [] => Ok(()),
            [first, ..] if first.starts_with(b"#") => Ok(()),
            [b"log", vkey] => self.log(line, vkey, None),
            [b"log", vkey, url] => self.log(line, vkey, Some(url)),
            [b"log", ..] => Err(items_of(LOG_FORM)),
            [b"witness", name, vkey] => self.witness(line, name, vkey, None),
            [b"witness", name, vkey, url] => self.witness(line, name, vkey, Some(url)),
            [b"witness", ..] => Err(items_of(WITNESS_FORM)),
            [b"group", name, threshold, members @ ..] if !members.is_empty() => {
                self.group(line, name, threshold, members)
            }
            [b"group", ..] => Err(items_of(GROUP_FORM)),
            [b"quorum", name] => self.quorum(line, name),
            [b"quorum", ..] => Err(items_of(QUORUM_FORM)),
            _ => Err(PolicyError::Keyword { line }),
        }
    }

    fn log(&mut self, line: usize, vkey: &[u8], url: Option<&[u8]>) -> Result<(), PolicyError> {
        let log = PolicyLog {
            key: key(line, vkey)?,
            url: parse_url(line, url)?,
        };
        let logs = &mut self.policy.logs;
        if logs
            .iter()
            .any(|known| known.key.as_bytes() == log.key.as_bytes())
        {
            return Err(PolicyError::DuplicateKey { line });
        }
        if logs.len() >= POLICY_LOGS_MAX {
            return Err(PolicyError::TooMany);
        }
        // Two keys of one name and id could not be told apart on a note.
        let same = |known: &PolicyLog| {
            known.key.id() == log.key.id() && known.key.name() == log.key.name()
        };
        if logs.iter().any(same) {
            let error = NoteKeyError::Ambiguous { id: log.key.id() };
            return Err(PolicyError::Key { line, error });
        }
        logs.push(log);
        Ok(())
    }

    fn witness(
        &mut self,
        line: usize,
        name: &[u8],
        vkey: &[u8],
        url: Option<&[u8]>,
    ) -> Result<(), PolicyError> {
        let witness = PolicyWitness {
            name: self.new_name(line, name)?,
            key: key(line, vkey)?,
            url: parse_url(line, url)?,
        };
        let witnesses = &mut self.policy.witnesses;
        if witnesses
            .iter()
            .any(|known| known.key.as_bytes() == witness.key.as_bytes())
        {
            return Err(PolicyError::DuplicateKey { line });
        }
        if witnesses.len() >= POLICY_WITNESSES_MAX {
            return Err(PolicyError::TooMany);
        }
        let same = |known: &PolicyWitness| {
            known.key.id() == witness.key.id() && known.key.name() == witness.key.name()
        };
        if witnesses.iter().any(same) {
            let error = NoteKeyError::Ambiguous {
                id: witness.key.id(),
            };
            return Err(PolicyError::Key { line, error });
        }
        let component = Component::Witness(witnesses.len());
        let name = witness.name.clone();
        witnesses.push(witness);
        self.define(name, component);
        Ok(())
    }

    fn group(
        &mut self,
        line: usize,
        name: &[u8],
        threshold: &[u8],
        members: &[&[u8]],
    ) -> Result<(), PolicyError> {
        let name = self.new_name(line, name)?;
        let threshold = match threshold {
            b"any" => Some(1),
            b"all" => Some(members.len()),
            number => str::from_utf8(number)
                .ok()
                .and_then(wire::parse_decimal)
                .and_then(|number| usize::try_from(number).ok()),
        };
        let threshold = threshold
            .filter(|threshold| (1..=members.len()).contains(threshold))
            .ok_or(PolicyError::Threshold {
                line,
                members: members.len(),
            })?;
        let mut components = Vec::new();
        for member in members {
            let component = self.known_name(line, member)?;
            if !self.members.insert(component) {
                let name = PolicyName((*member).into());
                return Err(PolicyError::DuplicateMember { line, name });
            }
            components.push(component);
        }
        if self.groups >= POLICY_GROUPS_MAX {
            return Err(PolicyError::TooMany);
        }
        self.groups = self.groups.saturating_add(1);
        let group = Component::Group {
            threshold,
            members: components,
        };
        self.define(name, group);
        Ok(())
    }

    fn quorum(&mut self, line: usize, name: &[u8]) -> Result<(), PolicyError> {
        let quorum = if name == NONE {
            None
        } else {
            Some(self.known_name(line, name)?)
        };
        self.quorums.push(quorum);
        Ok(())
    }

    fn define(&mut self, name: PolicyName, component: Component) {
        let number = self.policy.components.len();
        self.names.insert(name, number);
        self.policy.components.push(component);
    }

    fn new_name(&self, line: usize, name: &[u8]) -> Result<PolicyName, PolicyError> {
        let name = PolicyName(name.into());
        if name.as_bytes() == NONE || self.names.contains_key(&name) {
            return Err(PolicyError::DuplicateName { line, name });
        }
        Ok(name)
    }

    fn known_name(&self, line: usize, name: &[u8]) -> Result<usize, PolicyError> {
        let name = PolicyName(name.into());
        let known = self.names.get(&name).copied();
        known.ok_or(PolicyError::UnknownName { line, name })
    }
}

fn key<K: FromStr<Err = NoteKeyError>>(line: usize, vkey: &[u8]) -> Result<K, PolicyError> {
    let text = str::from_utf8(vkey).ok().ok_or(NoteKeyError::Layout);
    let key = text.and_then(str::parse);
    key.map_err(|error| PolicyError::Key { line, error })
}

fn parse_url(line: usize, url: Option<&[u8]>) -> Result<Option<String>, PolicyError> {
    let text = url.map(str::from_utf8).transpose();
    let text = text.ok().ok_or(PolicyError::Url { line })?;
    Ok(text.map(str::to_owned))
}
