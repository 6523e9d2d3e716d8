use super::*;

#[test]
fn values_are_written_compactly_and_escaped() {
    let value = Json::Object(vec![
        (
            "a",
            Json::Array(vec![Json::Number(1), Json::Signed(-2), Json::Null]),
        ),
        ("b", Json::text("line\n\"quoted\" \\ \u{1} \u{62b}")),
        ("c", Json::Bool(true)),
        ("d", Json::optional(None, Json::Number)),
        ("e", Json::Object(Vec::new())),
    ]);
    assert_eq!(
        value.to_string(),
        "{\"a\":[1,-2,null],\"b\":\"line\\n\\\"quoted\\\" \\\\ \\u0001 \u{62b}\",\"c\":true,\"d\":null,\"e\":{}}"
    );
}
