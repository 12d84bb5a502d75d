"""All games: of each chapter, how the thing is looked at, how it is broken, and the one run that mends it."""

from __future__ import annotations

from tools.game.breaks import alarms, balancer, names, rights, routes, rules, servers
from tools.game.game import Game
from tools.verbs.trouble import Trouble

_ALL = (
    Game(4, "vpc", "plan", routes.default_routes, routes.way_out_of_a_private_subnet_gone),
    Game(5, "security", "verify", rules.way_in("jump_security_group_name"), rules.jump_host_lets_others_in),
    Game(6, "nginx", "verify", servers.file(servers.SITE), servers.nginx_at_another_port),
    Game(7, "alb", "verify", balancer.health_check, balancer.path_that_nobody_answers),
    Game(8, "security", "verify", rules.way_in("database_security_group_name"), rules.database_lets_the_jump_host_in),
    Game(9, "iam", "verify", rights.policies, rights.objects_out_of_reach),
    Game(10, "route53", "plan", names.endpoints, names.name_of_the_cache_leads_to_the_database),
    Game(11, "ses", "plan", names.dkim, names.key_of_mail_missing),
    Game(12, "security", "verify", rules.way_in("cache_security_group_name"), rules.cache_at_another_port),
    Game(13, "app", "verify", servers.file(servers.ENVIRONMENT), servers.database_of_another_name),
    Game(14, "cloudwatch", "plan", alarms.tells_whom, alarms.silenced),
)
GAMES = {game.name: game for game in _ALL}


def named(name: str) -> Game:
    """The game of a name. Raises Trouble for none."""
    # The book's pages write chapter-07.
    plain = name.replace("chapter-0", "chapter-")
    if plain not in GAMES:
        raise Trouble(f"'{name}' is no game; those that there are: {', '.join(GAMES)}.")
    return GAMES[plain]
