package cli

import (
	"fmt"
	"sort"
	"strings"

	"github.com/alecthomas/kong"
)

type completionCmd struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
}

// Run prints a script that completes verbs and flags, made from the grammar itself.
func (c *completionCmd) Run(o *output, m *kong.Application) error {
	verbs := map[string][]string{}
	var visit func(n *kong.Node, path string, flags []string)
	visit = func(n *kong.Node, path string, flags []string) {
		for _, f := range n.Flags {
			flags = append(flags, "--"+f.Name)
		}
		words := append([]string{}, flags...)
		for _, child := range n.Children {
			if child.Hidden {
				continue
			}
			words = append(words, child.Name)
			visit(child, strings.TrimSpace(path+" "+child.Name), flags)
		}
		sort.Strings(words)
		verbs[path] = words
	}
	visit(m.Node, "", nil)
	paths := make([]string, 0, len(verbs))
	for p := range verbs {
		paths = append(paths, p)
	}
	sort.Strings(paths)
	var b strings.Builder
	switch c.Shell {
	case "bash", "zsh":
		if c.Shell == "zsh" {
			b.WriteString("autoload -U +X bashcompinit && bashcompinit\n")
		}
		b.WriteString("_faultline() {\n  local path=\"\" w\n  for w in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n")
		b.WriteString("    case \"$w\" in -*) ;; *) path=\"${path:+$path }$w\" ;; esac\n  done\n  local words\n  case \"$path\" in\n")
		for _, p := range paths {
			fmt.Fprintf(&b, "    %q) words=%q ;;\n", p, strings.Join(verbs[p], " "))
		}
		b.WriteString("    *) words=\"\" ;;\n  esac\n  local current=\"${COMP_WORDS[COMP_CWORD]}\"\n")
		b.WriteString("  COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n}\ncomplete -o default -F _faultline faultline\n")
	case "fish":
		for _, p := range paths {
			condition := "__fish_use_subcommand"
			if p != "" {
				parts := strings.Fields(p)
				condition = "__fish_seen_subcommand_from " + parts[len(parts)-1]
			}
			for _, w := range verbs[p] {
				if flag, ok := strings.CutPrefix(w, "--"); ok {
					fmt.Fprintf(&b, "complete -c faultline -n %q -l %s\n", condition, flag)
				} else {
					fmt.Fprintf(&b, "complete -c faultline -n %q -a %s\n", condition, w)
				}
			}
		}
	}
	_, err := fmt.Fprint(o.w, b.String())
	return err
}
