"""The files of a box under systemd: a unit for each program, which holds it in, and the target that is all of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from hedge_assets.stack.posts import GROUP, NAMED, Post, user_of, words


@dataclass(frozen=True)
class Where:
    """What units are told as it is, since systemd looks none of it up: the box's file, its code, its data root, and who runs what.

    `users` are by the variable that names each; those that `ops/box.env` has where it is empty.
    """

    env_file: str = "/etc/hedge/box.env"
    home: str = "/opt/hedge"
    data: str = "/var/lib/hedge"
    users: Mapping[str, str] = field(default_factory=dict)


UNIT = """# Printed by `python -m hedge_assets.stack.box ops` from hedge_assets/stack/box.py; docs/production.md says how it is installed.
[Unit]
Description=hedge: {name}
PartOf=hedge.target
After=network-online.target postgresql.service{after}
Wants=network-online.target
StartLimitIntervalSec=0

[Service]
EnvironmentFile={env_file}
ExecStart={command}
WorkingDirectory={home}
User={user}
Group={group}
UMask=0027
Restart=always
RestartSec=1
RestartPreventExitStatus={final}
SuccessExitStatus=0
KillSignal=SIGTERM
KillMode=control-group
TimeoutStopSec={stop}
LimitCORE=0
LimitNOFILE=4096
MemoryMax={memory}M
TasksMax=256
NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
ProtectClock=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectControlGroups=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
RemoveIPC=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM
{writes}{travels}
[Install]
WantedBy=hedge.target
"""
TARGET = """# Printed by `python -m hedge_assets.stack.box ops` from hedge_assets/stack/box.py.
[Unit]
Description=hedge: the whole desk
Wants={units}

[Install]
WantedBy=multi-user.target
"""
AT_HOME = "IPAddressDeny=any\nIPAddressAllow=localhost\n"


def unit(post: Post, stopped_after: tuple[str, ...], where: Where) -> str:
    """One program's unit. It is stopped before those it names in `After`, which systemd stops in the opposite order of starting."""
    writes = "".join(f"ReadWritePaths={where.data}/{folder}\n" for folder in (*post.writes, *post.shares))
    named = NAMED.sub(lambda found: where.home if found[1] == "HEDGE_HOME" else f"${{{found[1]}}}", words(post.command))
    return UNIT.format(
        name=post.name,
        after="".join(f" hedge-{each}.service" for each in stopped_after),
        command=named,
        env_file=where.env_file,
        home=where.home,
        user=where.users.get(post.user) or user_of(post),
        group=GROUP,
        final=" ".join(map(str, post.final_codes)),
        stop=post.program.stop_wait_s,
        memory=post.memory_mb,
        writes=writes,
        travels="" if post.travels else AT_HOME,
    )


def units(programs: tuple[Post, ...], where: Where = Where()) -> dict[str, str]:
    """Every file by its name. What `tend` does beside supervisor systemd does itself."""
    known = tuple(post for post in programs if post.name != "tend")
    names = [post.name for post in known]
    target = TARGET.format(units=" ".join(f"hedge-{name}.service" for name in names))
    return {
        **{f"hedge-{post.name}.service": unit(post, tuple(names[:number]), where) for number, post in enumerate(known)},
        "hedge.target": target,
    }
