"""One fault for each check of the service desk."""

from tests.faults import Fault

LAST = "INC0043019,[FIRING] OrdersCacheDown"
AGAIN = "".join(
    f"INC005000{day},Customers see no prices,2026-11-0{day} 10:00:00,,2026-11-0{day} 11:00:00,orders,,\n"
    for day in range(1, 6)
)

FAULTS: dict[str, tuple[str, Fault]] = {
    "incident-five-times": (
        "itsm.recurrence",
        Fault("docs/exports/incidents-2026-11-20.csv", LAST, AGAIN + LAST),
    ),
    "change-approved-by-its-author": (
        "itsm.change-evidence",
        Fault(
            "docs/exports/changes-2026-11-20.csv", "Joon Park,Ines Carvalho", "Ines Carvalho,Ines Carvalho"
        ),
    ),
}
