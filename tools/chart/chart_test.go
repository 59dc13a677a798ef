package chart_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	monitoring "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"github.com/stretchr/testify/require"
	"helm.sh/helm/v4/pkg/chart/common"
	"helm.sh/helm/v4/pkg/chart/common/util"
	"helm.sh/helm/v4/pkg/chart/v2/lint"
	"helm.sh/helm/v4/pkg/chart/v2/lint/support"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
	"helm.sh/helm/v4/pkg/engine"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer/json"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/kubernetes/scheme"
)

const (
	root    = "../.."
	folder  = root + "/deploy/helm/makegood"
	release = "shop"
)

// valuesFiles are what the chart is checked with: its own values, and each
// file of others.
func valuesFiles(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(folder + "/ci/*.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	return append([]string{""}, files...)
}

// eachValues runs a test for each file of values.
func eachValues(t *testing.T, check func(t *testing.T, values common.Values)) {
	t.Helper()
	for _, file := range valuesFiles(t) {
		name := "the chart's own values"
		values := common.Values{}
		if file != "" {
			name = filepath.Base(file)
			var err error
			values, err = common.ReadValuesFile(file)
			require.NoError(t, err)
		}
		t.Run(name, func(t *testing.T) { check(t, values) })
	}
}

func TestHelmLintFindsNothing(t *testing.T) {
	eachValues(t, func(t *testing.T, values common.Values) {
		result := lint.RunAll(folder, values, "default")
		for _, message := range result.Messages {
			require.Less(t, message.Severity, support.WarningSev, "%v", message) // as lint --strict
		}
	})
}

func TestNothingIsWrong(t *testing.T) {
	eachValues(t, func(t *testing.T, values common.Values) {
		objects := decoded(t, values)
		require.NotEmpty(t, objects)
		require.Empty(t, mistakes(objects, reads(t)))
	})
}

func TestNotesSayWhereTheGatewayIs(t *testing.T) {
	eachValues(t, func(t *testing.T, values common.Values) {
		files, err := render(values)
		require.NoError(t, err)
		require.Contains(t, files["makegood/templates/NOTES.txt"], "svc/shop-makegood")
	})
}

// Templates must not make a type's unknown or repeated field.
func TestDecodingIsStrict(t *testing.T) {
	const object = "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: a}\nspec: {maxUnavailable: 1}\n"
	tests := []struct{ name, from, to, want string }{
		{"an unknown field", "maxUnavailable", "maxUnavailabel", `unknown field "spec.maxUnavailabel"`},
		{"a field twice", "{name: a}", "{name: a, name: b}", `key "name" already set`},
		{"another type", "1}", "[1]}", "cannot unmarshal"},
		{"a kind that the version has not", "policy/v1", "policy/v2", "no kind"},
		{"a kind that nobody has", "kind: Pod", "kind: Bod", "no kind"},
	}
	_, err := decode(object)
	require.NoError(t, err)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := decode(strings.Replace(object, test.from, test.to, 1))
			require.ErrorContains(t, err, test.want)
		})
	}
}

// render is what helm template does: the schema's word on the values first.
func render(values common.Values) (map[string]string, error) {
	chart, err := loader.Load(folder)
	if err != nil {
		return nil, err
	}
	all, err := util.ToRenderValues(chart, values, common.ReleaseOptions{Name: release, Namespace: "default", Revision: 1, IsInstall: true}, nil)
	if err != nil {
		return nil, err
	}
	return engine.Engine{Strict: true}.RenderWithContext(context.Background(), chart, all)
}

// decoded is every object of every template.
func decoded(t *testing.T, values common.Values) []runtime.Object {
	t.Helper()
	files, err := render(values)
	require.NoError(t, err)
	var objects []runtime.Object
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if !strings.HasSuffix(name, ".yaml") {
			continue
		}
		documents := yaml.NewYAMLReader(bufio.NewReader(strings.NewReader(files[name])))
		for {
			document, err := documents.Read()
			if errors.Is(err, io.EOF) {
				break
			}
			require.NoError(t, err)
			if len(bytes.TrimSpace(document)) == 0 {
				continue
			}
			object, err := decode(string(document))
			require.NoError(t, err, "%s:\n%s", name, document)
			objects = append(objects, object)
		}
	}
	return objects
}

var types = func() *runtime.Scheme {
	types := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{scheme.AddToScheme, monitoring.AddToScheme} {
		if err := add(types); err != nil {
			panic(err)
		}
	}
	return types
}()

func decode(document string) (runtime.Object, error) {
	strict := json.NewSerializerWithOptions(json.DefaultMetaFactory, types, types, json.SerializerOptions{Yaml: true, Strict: true})
	object, _, err := strict.Decode([]byte(document), nil, nil)
	if err != nil {
		return nil, fmt.Errorf("decode: %w", err)
	}
	return object, nil
}
