"""How each thing is looked at and broken, as people do it: through AWS's API, or by hand on a server."""
