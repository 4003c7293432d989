// What Go's own network code does in a world: no C library, a poller on epoll, signals that interrupt threads. `serve` answers HTTP,
// echoes TCP and UDP; `ask HOST` is the other side and says what it got.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

const connections = 400

func must(err error) {
	if err != nil {
		fmt.Println("failed:", err)
		os.Exit(1)
	}
}

func echo(c net.Conn) {
	defer c.Close()
	io.Copy(c, c)
}

func serve() {
	l, err := net.Listen("tcp4", ":7")
	must(err)
	u, err := net.ListenPacket("udp4", ":7")
	must(err)
	h, err := net.Listen("tcp4", ":80")
	must(err)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go echo(c)
		}
	}()
	go func() {
		b := make([]byte, 65536)
		for {
			n, from, err := u.ReadFrom(b)
			if err != nil {
				return
			}
			u.WriteTo(b[:n], from)
		}
	}()
	mux := http.NewServeMux()
	mux.HandleFunc("/who", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%s %s", strings.Split(r.RemoteAddr, ":")[0], r.Host)
	})
	mux.HandleFunc("/upload", func(w http.ResponseWriter, r *http.Request) {
		n, _ := io.Copy(io.Discard, r.Body)
		fmt.Fprint(w, n)
	})
	mux.HandleFunc("/big", func(w http.ResponseWriter, r *http.Request) {
		w.Write(make([]byte, 8<<20))
	})
	fmt.Println("ready")
	http.Serve(h, mux)
}

func get(c *http.Client, url string) string {
	r, err := c.Get(url)
	must(err)
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	must(err)
	return string(b)
}

func askHTTP(host string) {
	c := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: connections}, Timeout: 30 * time.Second}
	fmt.Println("http:", get(c, "http://"+host+"/who"))
	fmt.Println("8 MiB down:", len(get(c, "http://"+host+"/big")))
	r, err := c.Post("http://"+host+"/upload", "text/plain", strings.NewReader(strings.Repeat("x", 5<<20)))
	must(err)
	b, _ := io.ReadAll(r.Body)
	r.Body.Close()
	fmt.Println("5 MiB up:", string(b))
	var ok atomic.Int32
	var all sync.WaitGroup
	for i := 0; i < connections; i++ {
		all.Add(1)
		go func() {
			defer all.Done()
			for j := 0; j < 3; j++ {
				if strings.HasSuffix(get(c, "http://"+host+"/who"), host) {
					ok.Add(1)
				}
			}
		}()
	}
	all.Wait()
	fmt.Println("goroutines with http:", ok.Load())
}

func askEcho(host string) {
	conns := make([]net.Conn, connections)
	var all sync.WaitGroup
	var ok atomic.Int32
	for i := range conns {
		all.Add(1)
		go func(i int) {
			defer all.Done()
			c, err := net.DialTimeout("tcp4", host+":7", 20*time.Second)
			must(err)
			conns[i] = c
			said := strings.Repeat(fmt.Sprintf("connection %d ", i), 500)
			go c.Write([]byte(said))
			heard := make([]byte, len(said))
			_, err = io.ReadFull(c, heard)
			must(err)
			if string(heard) == said {
				ok.Add(1)
			}
		}(i)
	}
	all.Wait()
	fmt.Println("connections at once:", ok.Load())
	c := conns[0].(*net.TCPConn)
	c.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
	_, err := c.Read(make([]byte, 1))
	fmt.Println("deadline:", errors.Is(err, os.ErrDeadlineExceeded))
	c.SetReadDeadline(time.Time{})
	must(c.CloseWrite())
	_, err = c.Read(make([]byte, 1))
	fmt.Println("half closed, then:", err)
	go func() { time.Sleep(50 * time.Millisecond); conns[1].Close() }()
	_, err = conns[1].Read(make([]byte, 1))
	fmt.Println("closed in a read:", errors.Is(err, net.ErrClosed))
	for _, c := range conns {
		c.Close()
	}
}

func askUDP(host string) {
	c, err := net.Dial("udp4", host+":7")
	must(err)
	c.SetDeadline(time.Now().Add(20 * time.Second))
	b := make([]byte, 65536)
	good := 0
	for i := 0; i < 200; i++ {
		said := strings.Repeat("u", 1+i*40)
		c.Write([]byte(said))
		n, err := c.Read(b)
		must(err)
		if string(b[:n]) == said {
			good++
		}
	}
	fmt.Println("datagrams:", good)
	n, err := net.Dial("udp4", host+":9")
	must(err)
	n.SetDeadline(time.Now().Add(20 * time.Second))
	n.Write([]byte("nobody"))
	_, _, _, _, err = n.(*net.UDPConn).ReadMsgUDP(b, nil) // Read is read(2), which in a world cannot tell
	fmt.Println("nobody hears UDP:", errors.Is(err, syscall.ECONNREFUSED))
	_, err = net.Dial("tcp4", host+":9")
	fmt.Println("nobody hears TCP:", errors.Is(err, syscall.ECONNREFUSED))
	d := net.Dialer{Timeout: 200 * time.Millisecond}
	_, err = d.Dial("tcp4", "10.0.0.77:9")
	fmt.Println("nobody there:", err.(net.Error).Timeout())
}

func askDNS() {
	r := &net.Resolver{PreferGo: true}
	ctx := context.Background()
	a, err := r.LookupIP(ctx, "ip4", "server.lan")
	must(err)
	names, err := r.LookupAddr(ctx, "10.0.0.1")
	must(err)
	txt, err := r.LookupTXT(ctx, "server.lan")
	must(err)
	_, err = r.LookupHost(ctx, "nosuch.lan")
	var none *net.DNSError
	fmt.Println("lookups:", a, names, txt, errors.As(err, &none) && none.IsNotFound)
}

func askInterfaces() {
	all, err := net.Interfaces()
	must(err)
	var s []string
	for _, i := range all {
		addrs, err := i.Addrs()
		must(err)
		s = append(s, fmt.Sprintf("%s %d %s %v", i.Name, i.MTU, i.HardwareAddr, addrs))
	}
	sort.Strings(s)
	fmt.Println("interfaces:", s)
}

func main() {
	if os.Args[1] == "serve" {
		serve()
		return
	}
	askInterfaces()
	askDNS()
	askHTTP("server.lan")
	askEcho(os.Args[2])
	askUDP(os.Args[2])
}
