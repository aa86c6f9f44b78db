use super::*;

#[test]
fn comments_of_all_kinds_become_spaces() {
    assert_eq!(
        without_comments_and_strings("a // b\nc /* d /* e */ f\n */ g"),
        "a     \nc               \n    g"
    );
}

#[test]
fn what_strings_hold_becomes_spaces() {
    for source in [r#""std\" x""#, r##"r#"a " b"#"##, r#"b"x""#, r#"br"x""#, r#"c"x""#] {
        let code = without_comments_and_strings(&format!("f({source});"));
        assert_eq!(code, format!("f({});", " ".repeat(source.len())), "{source}");
    }
}

#[test]
fn characters_become_spaces_and_lifetimes_stay() {
    assert_eq!(
        without_comments_and_strings("fn f<'a>(x: &'a str) {'{'; '\\''; b'}'; '\\u{7d}'}")
            .matches('{')
            .count(),
        1
    );
    assert_eq!(without_comments_and_strings("&'a str, 'b'"), "&'a str,    ");
}

#[test]
fn words_that_only_begin_like_a_literal_stay() {
    assert_eq!(without_comments_and_strings("crate::bar r#type"), "crate::bar r#type");
}

#[test]
fn lines_keep_their_numbers() {
    let source = "let a = \"x\ny\";\n/* z\n */ b";
    assert_eq!(without_comments_and_strings(source).lines().count(), source.lines().count());
}

#[test]
fn items_that_only_tests_build_become_spaces() {
    let code = without_tests(
        "a();\n#[cfg(test)]\n#[allow(x)]\nmod tests { fn f() {} }\nb();\n#[cfg(test)]\nmod t;\nc();",
    );
    assert_eq!(code.split_whitespace().collect::<Vec<_>>(), ["a();", "b();", "c();"]);
    assert_eq!(code.lines().count(), 8);
}
