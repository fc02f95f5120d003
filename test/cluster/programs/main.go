// The parts of a Kubernetes node and control plane in one binary, chosen by the name under which it is started (a
// symbolic link) or by its first argument. One binary, because the parts share nearly all of their code: linked one by
// one they would be four times as large.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllers "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
	kubelet "k8s.io/kubernetes/cmd/kubelet/app"
)

func command(name string) *cobra.Command {
	switch name {
	case "kube-apiserver":
		return apiserver.NewAPIServerCommand()
	case "kube-controller-manager":
		return controllers.NewControllerManagerCommand()
	case "kube-scheduler":
		return scheduler.NewSchedulerCommand()
	case "kubelet":
		return kubelet.NewKubeletCommand()
	}
	return nil
}

func main() {
	chosen := command(filepath.Base(os.Args[0]))
	if chosen == nil && len(os.Args) > 1 {
		if chosen = command(os.Args[1]); chosen != nil {
			os.Args = slices.Delete(os.Args, 0, 1)
		}
	}
	if chosen == nil {
		names := []string{"kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet"}
		fmt.Fprintf(os.Stderr, "Start it as one of %s.\n", strings.Join(names, ", "))
		os.Exit(2)
	}
	os.Exit(cli.Run(chosen))
}
