# SPDX-License-Identifier: GPL-3.0-or-later
"""Setting up the agent; see gallery.py."""
from client import constants
from gallery import picture

AGENT = constants("client/ui/agent_dialog.c")


@picture("client/ui/agent_dialog.c:agent_dialog", "page:agent")
def agent(look):
    """On a server whose agent does not let the user in: what the page and the dialog show is the same as where there is none."""
    look.select_root("bare")
    tabs = look.client.frame.find(cls="SysTabControl32")
    look.drive.until(lambda: tabs.selected_tab() == look.words("PAGE_AGENT"), "the Agent page", 30)
    look.at(look.client.frame, "page-agent")
    dialog = look.open("server.agent", "AGENT_TITLE", "bare")
    dialog.child(AGENT["AGENT_SYSTEM"]).wait_contains("Debian", timeout=30)
    look.at(dialog, "agent")
    dialog.child(AGENT["AGENT_CHOICE_REMOVE"]).click()
    dialog.child(AGENT["AGENT_PURGE"]).wait_visible(True)
    look.at(dialog, "agent-remove")
    look.close(dialog)
    look.client.wait_command("server.connect")
    look.client.command("server.connect")
