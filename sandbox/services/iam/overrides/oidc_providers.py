"""OpenID Connect providers: the emulator neither adds an audience to one nor takes one away.

As the API reference has it, both may be repeated: to add one that is there, or to take away one that is not, does
nothing.
"""

from __future__ import annotations

from moto.core.responses import EmptyResult
from moto.iam.responses import IamResponse

from sandbox.core.settings import Settings


def apply(settings: Settings) -> None:
    def add(self: IamResponse) -> EmptyResult:
        provider = self.backend.get_open_id_connect_provider(self._get_param("OpenIDConnectProviderArn"))
        wanted = self._get_param("ClientID")
        provider.client_id_list = [*(one for one in provider.client_id_list if one != wanted), wanted]
        return EmptyResult()

    def remove(self: IamResponse) -> EmptyResult:
        provider = self.backend.get_open_id_connect_provider(self._get_param("OpenIDConnectProviderArn"))
        unwanted = self._get_param("ClientID")
        provider.client_id_list = [one for one in provider.client_id_list if one != unwanted]
        return EmptyResult()

    IamResponse.add_client_id_to_open_id_connect_provider = add
    IamResponse.remove_client_id_from_open_id_connect_provider = remove
