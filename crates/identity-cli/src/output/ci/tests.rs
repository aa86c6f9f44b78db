use identity::Env;

use super::commands;

// G6
#[test]
fn each_build_server_is_told_in_its_own_way() {
    let github = Env::empty().with("GITHUB_ACTIONS", "true");
    let pipelines = Env::empty().with("TF_BUILD", "True");
    assert_eq!(commands("a%b", &github), ["::add-mask::a%25b"]);
    assert_eq!(commands("a%b", &pipelines), ["##vso[task.setsecret]a%AZP25b"]);
    for elsewhere in
        [Env::empty(), Env::empty().with("GITHUB_ACTIONS", ""), Env::empty().with("TF_BUILD", "False")]
    {
        assert!(commands("token", &elsewhere).is_empty());
    }
}
