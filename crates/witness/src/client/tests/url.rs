use crate::client::{WitnessUrl, WitnessUrlError};

#[test]
fn a_witness_is_reached_by_https_or_on_this_machine() {
    for (text, url) in [
        ("https://witness.example", "https://witness.example"),
        ("https://witness.example/w1/", "https://witness.example/w1"),
        ("https://[2001:db8::1]:8443", "https://[2001:db8::1]:8443"),
        ("http://localhost:7380/", "http://localhost:7380"),
        ("http://127.0.0.1:7380", "http://127.0.0.1:7380"),
        ("http://127.9.9.9", "http://127.9.9.9"),
        ("http://[::1]:7380", "http://[::1]:7380"),
    ] {
        assert_eq!(text.parse::<WitnessUrl>().unwrap().as_str(), url);
    }
}

#[test]
fn other_places_are_refused_with_a_reason() {
    let refused = |text: &str| text.parse::<WitnessUrl>().unwrap_err();
    for text in ["http://witness.example", "http://127.0.0.1.example"] {
        assert!(matches!(refused(text), WitnessUrlError::Plain { .. }));
    }
    for text in ["ftp://witness.example", "unix://localhost"] {
        assert!(matches!(refused(text), WitnessUrlError::Scheme { .. }));
    }
    for text in [
        "https://user@witness.example",
        "https://witness.example/?a=b",
        "https://witness.example/#a",
    ] {
        assert_eq!(refused(text), WitnessUrlError::Extra);
    }
    let long = format!("https://witness.example/{}", "a".repeat(2_000));
    for text in ["", "witness.example", "/add-checkpoint", "https://", &long] {
        assert!(
            matches!(refused(text), WitnessUrlError::Form { .. }),
            "{text}"
        );
    }
}
