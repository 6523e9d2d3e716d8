use super::*;

fn lines(text: &str) -> Result<Vec<SignatureLine>, NoteError> {
    SignatureLine::parse_all(text.as_bytes())
}

#[test]
fn lines_are_read_as_a_witness_answers_them() {
    // The answer in C2SP tlog-witness.
    let answer = "\u{2014} witness.example/w1 CMp+6LWBU0anHGH5aNDTJkH/gj79sG+T6+iP2ThYN5krrDJbR1HDnucjL39QsZTSvVjyQLrdk3DXDqI5G2HgLatVs0pWh6Up69HVOw==\n\
        \u{2014} witness.example/w1 I7rEps0pvK2UqkS2gSpVUDhrhVtQV9lgF6pRrWAvjJHjyWpW7VcE3SiOlVlbQNt64vWhO+DlkL0+UfzuOBMh9ChdMkP1vi/lCAsmlw==\n\
        \u{2014} witness.example/w2 AWui8Sk55XjYLOijihBjhqEH6nS1ndDymE0a+6idX7pLcnoB+dhnz0854aLZgrrKbYKA7nC3HNJhm/kWl7oJlqU3rXXvpysAdyP3wQ==\n";
    let parsed = lines(answer).unwrap();
    assert_eq!(
        parsed.iter().map(ToString::to_string).collect::<String>(),
        answer
    );
    let names: Vec<_> = parsed.iter().map(|line| line.name().as_str()).collect();
    assert_eq!(
        names,
        [
            "witness.example/w1",
            "witness.example/w1",
            "witness.example/w2"
        ]
    );
    assert_eq!(parsed[0].key_id().to_string(), "08ca7ee8");
}

#[test]
fn malformed_lines_are_refused() {
    let (_, peter, _) = go_parts();
    assert_eq!(lines(""), Err(NoteError::Layout));
    assert_eq!(lines("\n"), Err(NoteError::SignatureLine { line: 1 }));
    assert_eq!(lines(peter.trim_end()), Err(NoteError::Layout));
    assert_eq!(
        lines(&format!("{peter}\n")),
        Err(NoteError::SignatureLine { line: 2 })
    );
    assert_eq!(lines(&format!("{peter}{peter}\r\n")), Err(NoteError::Text));
    assert_eq!(
        lines(&format!(" {peter}")),
        Err(NoteError::SignatureLine { line: 1 })
    );
    assert_eq!(SignatureLine::parse_all(b"\xff\n"), Err(NoteError::Text));
    assert_eq!(
        lines(&peter.repeat(NOTE_SIGNATURES_MAX + 1)),
        Err(NoteError::Signatures)
    );
    let long = "x".repeat(NOTE_BYTES_MAX + 1);
    assert_eq!(
        lines(&long),
        Err(NoteError::Length {
            bytes: NOTE_BYTES_MAX + 1
        })
    );
    // Base64 has one spelling: no missing padding, no bits that say nothing.
    let unpadded = peter.replace("=\n", "\n");
    assert!(peter == unpadded || lines(&unpadded).is_err());
    assert!(lines("\u{2014} name AAAAAB==\n").is_err());
    assert!(lines("\u{2014} name AAAAAA==\n").is_err(), "only a key id");
    assert!(lines("\u{2014} name AAAAAAA=\n").is_ok());
}

#[test]
fn only_so_many_signatures_fit_a_note() {
    let signer: SignerKey = PETER_SECRET.parse().unwrap();
    let note = sign("text\n", &[&signer]).unwrap();
    let line = |number: usize| {
        let number = u32::try_from(number).unwrap().to_be_bytes();
        SignatureLine::new(name("crowd"), NoteKeyId::from_bytes(number), vec![0; 72])
    };
    let crowd: Vec<_> = (0..NOTE_SIGNATURES_MAX).map(line).collect();
    let full = add_signatures(&note, &crowd[1..]).unwrap();
    assert!(open(&full, &[PETER]).is_ok());
    assert_eq!(add_signatures(&note, &crowd), Err(NoteError::Signatures));
    assert_eq!(add_signatures("no note", &crowd), Err(NoteError::Layout));
    let large = SignatureLine::new(
        name("large"),
        NoteKeyId::from_bytes([0; 4]),
        vec![0; 800_000],
    );
    assert!(matches!(
        add_signatures(&note, &[large]),
        Err(NoteError::Length { .. })
    ));
}

proptest! {
    #[test]
    fn what_parses_is_written_as_it_was(text in "(\u{2014} [a-z/.]{1,9} [A-Za-z0-9+/]{8}[AEIMQUYcgkosw048]=\n){1,4}") {
        if let Ok(lines) = lines(&text) {
            prop_assert_eq!(lines.iter().map(ToString::to_string).collect::<String>(), text);
        }
    }

    #[test]
    fn a_note_is_written_as_it_was(text in "[a-z\n]{0,20}\n\n(\u{2014} [a-z/.]{1,9} [A-Za-z0-9+/]{8}\n){1,4}") {
        if let Ok(note) = UnverifiedNote::parse(text.as_bytes()) {
            prop_assert_eq!(note.to_string(), text);
        }
    }
}
