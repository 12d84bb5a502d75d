# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""IOPS and throughput of an instance's storage: when RDS wants to be told them, and when it refuses to be. Pure."""

from __future__ import annotations

#: GiB from which gp3 of an engine is striped over several volumes: only then has it figures that can be chosen.
#: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Storage.html#gp3-storage
STRIPED_FROM = {"mysql": 400, "mariadb": 400, "postgres": 400}
#: What gp3 has from there on without being asked, and the least that can be asked for.
BASE_IOPS, BASE_THROUGHPUT = 12000, 500

#: Options that ModifyDBInstance takes only together, where it takes them.
TOGETHER = ("storage_type", "allocated_storage", "iops", "storage_throughput")


def least_limit(size: int) -> int:
    """Return the smallest size, in GiB, up to which AWS lets storage of ``size`` GiB grow by itself: a tenth more."""
    return -(-size * 11 // 10)


def grown(wanted, has):
    """Whether storage is as wanted though it has another size: it grows by itself, and nothing lets it shrink."""
    return has >= wanted


def limit_reached(limit, size):
    """Whether storage of ``size`` GiB has grown so far that AWS no longer takes the limit that is wanted for it."""
    return bool(limit) and limit < least_limit(size)


def warnings(name, params, current):
    """Return what has to be said of storage that stays as it is, as sentences with what to write.

    :arg params: allocated_storage and max_allocated_storage as they are wanted.
    """
    size, limit, has = params.get("allocated_storage"), params.get("max_allocated_storage"), current.get("allocated_storage")
    if not has or (size or 0) > has:
        return []
    if limit_reached(limit, has):
        return [
            f"Storage of database '{name}' has grown to {has} of {limit} GiB, and AWS lets it grow no further. Its content is safe, but once it is"
            f" full nothing can be written: raise max_allocated_storage (railyard_database_max_storage) to {least_limit(has)} or more, such as {2 * has}."
        ]
    if size and size < has and not limit:
        return [f"Database '{name}' has {has} GiB of storage, which never shrinks: {size} is left aside. Write railyard_database_storage: {has}."]
    return []


def _striped(engine, storage_type, size):
    return storage_type == "gp3" and size >= STRIPED_FROM.get(engine, 0)


def problems(wanted):
    """Return what is wrong with the figures asked for, by storage as it will be.

    :arg wanted: engine, storage_type and allocated_storage as they will be; iops and storage_throughput as asked for.
    """
    asked = {option: wanted[option] for option in ("iops", "storage_throughput") if wanted.get(option)}
    if not asked or wanted.get("storage_type") != "gp3":
        return []
    size = wanted.get("allocated_storage") or 0
    if not _striped(wanted.get("engine"), "gp3", size):
        most, figures = STRIPED_FROM[wanted["engine"]], " and ".join(asked)
        return [f"{figures} can be chosen for gp3 from {most} GiB on, and allocated_storage is {size}; leave them out, or ask for more storage"]
    least = {"iops": BASE_IOPS, "storage_throughput": BASE_THROUGHPUT}
    return [f"{option} is {value}; of {size} GiB of gp3 it is {least[option]} at least" for option, value in asked.items() if value < least[option]]


def together(changes, current):
    """Return the options that a change of storage has to name beside those that change, with their values.

    Where gp3 is striped, and with provisioned IOPS, RDS wants size and IOPS in one request whatever of them changes;
    below that it refuses to be told IOPS. Nothing where no storage changes.
    """
    if not set(TOGETHER) & set(changes):
        return {}
    to_be = {option: changes.get(option, current.get(option)) for option in TOGETHER}
    kind, size = to_be["storage_type"], to_be["allocated_storage"] or 0
    if _striped(current.get("engine"), kind, size):
        return {
            "allocated_storage": size,
            "iops": max(to_be["iops"] or 0, BASE_IOPS),
            "storage_throughput": max(to_be["storage_throughput"] or 0, BASE_THROUGHPUT),
        }
    if kind in ("io1", "io2"):
        return {option: to_be[option] for option in ("allocated_storage", "iops") if to_be[option]}
    return {}
