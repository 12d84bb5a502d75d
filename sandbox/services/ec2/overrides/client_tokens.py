"""Requests that carry a token are carried out once: the same token again gets the same answer, as the SDK relies on."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from moto.ec2.responses import EC2Response

from sandbox.core.settings import Settings

#: How many answers are kept. AWS keeps them for hours; a repetition comes within seconds.
MOST = 500


def apply(settings: Settings) -> None:
    carry_out = EC2Response.call_action
    answers: OrderedDict[tuple[str, str, str, str], Any] = OrderedDict()

    def call_action(self):
        token = (self.querystring.get("ClientToken") or [""])[0]
        if not token:
            return carry_out(self)
        key = (self.current_account, self.region, self._get_action(), token)
        if key not in answers:
            answer = carry_out(self)
            if answer[0] >= 300:
                return answer
            answers[key] = answer
            if len(answers) > MOST:
                answers.popitem(last=False)
        return answers[key]

    EC2Response.call_action = call_action
