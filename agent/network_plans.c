/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the plans of the three keepers share: see network_plans.h. */
#include "agent/network_plans.h"
#include "agent/network_owner.h"
#include "agent/network_steps.h"

#include <string.h>

void plan_file(NetworkPlan *plan, const char *name, const char *text)
{
    AUTO_FREE char *temporary = x_printf(NETWORKD_TEMPORARY "/%s", name);
    AUTO_FREE char *lasting = x_printf(NETWORKD_FOLDER "/%s", name);
    step_write(plan->apply, temporary, text);
    step_remove(plan->undo, temporary);
    step_move(plan->keep, temporary, lasting);
    step_remove(plan->unkeep, lasting);
}

void plan_put_away(NetworkPlan *plan, const NetworkJob *job, const char *name)
{
    AUTO_FREE char *lasting = x_printf(NETWORKD_FOLDER "/%s", name);
    AUTO_FREE char *plain = x_strdup(name);
    for (char *slash; (slash = strchr(plain, '/'));)
        *slash = '+';
    AUTO_FREE char *away = x_printf("%s/away/%s", job->folder, plain);
    step_move(plan->apply, lasting, away);
    step_move(plan->undo, away, lasting);
    step_remove(plan->keep, away);
}

/* The first file that matches counts, so this one has the last word on the device: it keeps its name and its address. systemd.link(5). */
void plan_link_file(NetworkPlan *plan, const NetworkJob *job)
{
    const char *nic = job->wish ? job->wish->name : job->nic->name;
    AUTO_FREE char *name = x_printf("00-poolcenter-%s.link", nic);
    AUTO_FREE char *text = x_printf("# Made by PoolCenter\n[Match]\nOriginalName=%s\n\n[Link]\nMACAddressPolicy=none\n", nic);
    if (job->wish)
        plan_file(plan, name, text);
    else
        plan_put_away(plan, job, name);
    step_try(plan->apply, WORDS("udevadm", "control", "--reload"));
    step_try(plan->undo, WORDS("udevadm", "control", "--reload"));
}
