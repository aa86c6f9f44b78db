use super::*;

fn file(path: &str, text: &str) -> File {
    File { path: path.into(), text: text.into(), is_executable: false }
}

fn sentences(files: &[File]) -> Vec<String> {
    check(files).iter().map(ToString::to_string).collect()
}

#[test]
fn a_link_to_a_file_a_folder_or_another_site_is_good() {
    let files = [
        file(
            "docs/a.md",
            "[b](b.md) [c](../src/c.rs) [d](./decisions/) [e](https://example.com/x) [f](../README.md)",
        ),
        file("docs/b.md", ""),
        file("docs/decisions/0001-x.md", ""),
        file("src/c.rs", ""),
        file("README.md", "[a](docs/a.md)"),
    ];
    assert_eq!(sentences(&files), [""; 0]);
}

#[test]
fn a_link_to_nothing_is_dead() {
    let files = [file("docs/a.md", "\nsee [b](b.md)\n")];
    assert_eq!(sentences(&files), ["docs/a.md:2: The link leads to docs/b.md, which is not there."]);
}

#[test]
fn a_link_to_a_heading_finds_it_as_a_browser_would() {
    let text =
        "# Who may import whom?\n## `azid token`\n[a](#who-may-import-whom) [b](#azid-token) [c](#gone)\n";
    assert_eq!(
        sentences(&[file("a.md", text)]),
        ["a.md:3: The link leads to a heading #gone, which a.md has not."]
    );
}

#[test]
fn what_stands_in_code_is_no_link() {
    assert!(sentences(&[file("a.md", "`[x](y)` and\n```text\n[x](y)\n```\n")]).is_empty());
}
