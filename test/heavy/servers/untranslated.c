/*
 * untranslated.c
 *		Messages as they are in the source, for a server that has the runtime of
 *		the address sanitizer preloaded: glibc's own would wait for a lock that
 *		nobody gives back.
 */
char *
bindtextdomain(const char *domain, const char *directory)
{
	(void) domain;
	return (char *) directory;
}

char *
textdomain(const char *domain)
{
	return (char *) domain;
}

char *
gettext(const char *message)
{
	return (char *) message;
}

char *
dgettext(const char *domain, const char *message)
{
	(void) domain;
	return (char *) message;
}

char *
dcgettext(const char *domain, const char *message, int category)
{
	(void) category;
	return dgettext(domain, message);
}

char *
dngettext(const char *domain, const char *one, const char *more, unsigned long n)
{
	return dgettext(domain, n == 1 ? one : more);
}

char *
ngettext(const char *one, const char *more, unsigned long n)
{
	return dngettext("", one, more, n);
}
