"""One comment for each pull request and one issue for each stack: written anew, not once more, and nobody else's."""

from __future__ import annotations

import json

import pytest
from github_lab import BOT, PERSON

from tools.ci import github
from tools.verbs.trouble import Trouble

MARK = "<!-- railyard:plan:railyard:ap-northeast-1 -->"


def test_a_second_comment_takes_the_place_of_the_first(hub):
    here = github.GitHub.here()
    here.comment(7, MARK, f"{MARK}\none")
    here.comment(7, MARK, f"{MARK}\ntwo")
    here.comment(8, MARK, f"{MARK}\nother")
    assert [(one["of"], one["body"]) for one in hub.comments.values()] == [(7, f"{MARK}\ntwo"), (8, f"{MARK}\nother")]


def test_a_comment_of_a_person_is_not_written_over(hub):
    hub.comments[1] = {"id": 1, "of": 7, "user": PERSON, "body": f"{MARK}\nmine"}
    github.GitHub.here().comment(7, MARK, f"{MARK}\nplan")
    assert [one["body"] for one in hub.comments.values()] == [f"{MARK}\nmine", f"{MARK}\nplan"]


def test_a_comment_is_found_behind_a_hundred_others(hub):
    hub.comments |= {number: {"id": number, "of": 7, "user": PERSON, "body": "hm"} for number in range(1, 131)}
    hub.comments[131] = {"id": 131, "of": 7, "user": BOT, "body": f"{MARK}\nold"}
    github.GitHub.here().comment(7, MARK, f"{MARK}\nnew")
    assert hub.comments[131]["body"] == f"{MARK}\nnew" and len(hub.comments) == 131


def test_an_issue_is_opened_brought_up_to_date_and_closed_with_a_word(hub):
    here, mark = github.GitHub.here(), "<!-- railyard:drift:railyard:ap-northeast-1 -->"
    here.close("railyard-drift", mark, "none")
    assert hub.issues == {} and hub.comments == {}
    here.issue("railyard-drift", mark, "drifted", f"{mark}\none")
    assert hub.issues[1]["labels"] == ["railyard-drift"]
    here.issue("railyard-drift", mark, "drifted", f"{mark}\ntwo")
    hub.asked.clear()
    here.issue("railyard-drift", mark, "drifted", f"{mark}\ntwo")
    assert {method for method, _path in hub.asked} == {"GET"}, "nobody is told of the same twice"
    here.close("railyard-drift", mark, "all is well")
    assert (hub.issues[1]["state"], hub.issues[1]["body"]) == ("closed", f"{mark}\ntwo")
    assert [(one["of"], one["body"]) for one in hub.comments.values()] == [(1, "all is well")]
    here.issue("railyard-drift", mark, "drifted", f"{mark}\nagain")
    assert len(hub.issues) == 2


def test_issues_of_other_stacks_of_people_and_pull_requests_stay(hub):
    mark = "<!-- railyard:drift:railyard:ap-northeast-1 -->"
    entries = [
        (BOT, "<!-- railyard:drift:other:ap-northeast-1 -->", {}),
        (PERSON, mark, {}),
        (BOT, mark, {"pull_request": {}}),
    ]
    hub.issues |= {
        number: {"number": number, "state": "open", "user": user, "body": body, **more}
        for number, (user, body, more) in enumerate(entries, 1)
    }
    github.GitHub.here().close("railyard-drift", mark, "well")
    assert {one["state"] for one in hub.issues.values()} == {"open"}


@pytest.mark.parametrize(("status", "said"), [(403, "permissions: pull-requests: write"), (500, "answered 500")])
def test_a_refusal_says_which_permission_the_job_lacks_and_not_the_token(hub, status, said):
    hub.status = status
    with pytest.raises(Trouble) as raised:
        github.GitHub.here().comment(7, MARK, "body")
    assert said in str(raised.value) and "of-the-job" not in str(raised.value)


def test_without_a_token_it_is_said_what_is_missing(hub, monkeypatch):
    monkeypatch.delenv("GITHUB_TOKEN")
    with pytest.raises(Trouble, match="GITHUB_TOKEN is not set"):
        github.GitHub.here()


def test_the_pull_request_is_that_of_the_event(tmp_path):
    file = tmp_path / "event.json"
    for event, number in (({"pull_request": {"number": 7}}, 7), ({"ref": "refs/heads/main"}, None), ([], None)):
        file.write_text(json.dumps(event))
        assert github.pull_request({"GITHUB_EVENT_PATH": str(file)}) == number
    assert github.pull_request({}) is None
