/*
 * terminal.h
 *		A cohort table for a terminal: text with shaded cells.
 */
#ifndef RETENTION_TERMINAL_H
#define RETENTION_TERMINAL_H

#include "draw/grid.h"

/* The lines of the table, palloc'd; *count of them. */
extern char **terminal_heatmap(const CohortGrid *grid, ReportEnd end, int *count);

#endif							/* RETENTION_TERMINAL_H */
