/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The mark of a template in a domain's <metadata>: <template family='...' version='N'>notes</template> in our element. No libvirt calls; any thread. */
#ifndef POOLCENTER_AGENT_TEMPLATE_H
#define POOLCENTER_AGENT_TEMPLATE_H

#include "agent/xml.h"
#include "protocol/types.h"

/* NULL: the domain (its root element) is no template. The caller clears and frees. */
TemplateInfo *template_read(xmlNode *root);
/* Puts the mark, and takes away that it starts with the host; or with NULL takes the mark away. */
void template_set(xmlNode *root, const TemplateInfo *info);

#endif
